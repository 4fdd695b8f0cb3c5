"""The story of a pair that cannot refund for a while: an admin says it, and refunds obey."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest

from payops_testing.e2e import purchases
from payops_testing.e2e.whole_platform import ANSWER_LIMIT_S, WholePlatform
from payops_testing.platforms import eventually

pytestmark = [pytest.mark.servers, pytest.mark.timeout(1_800)]

CATALOGUE = "/v1/provider-catalogue"
PREFIX, YEAR, CENTS = "catalogue-", 2015, 9
REFUSED = (409, "method_cannot_refund")
REFUNDED = (202, None)


@contextmanager
def somebody(platform: WholePlatform, role: str) -> Iterator[httpx.Client]:
    """A client of the gateway with a token of that role."""
    headers = {"authorization": f"Bearer {platform.call('token', role).strip()}"}
    with httpx.Client(base_url=platform.gateway, headers=headers, timeout=ANSWER_LIMIT_S) as client:
        yield client


def refund(operator: httpx.Client, payment: str) -> tuple[int, str | None]:
    """Status and code of one cent's refund."""
    answer = operator.post(
        f"/v1/transactions/{payment}/refunds",
        json={"amount_minor": 1, "reason": "Item returned"},
        headers={"Idempotency-Key": uuid4().hex},
    )
    return answer.status_code, answer.json().get("code")


def let_refund(admin: httpx.Client, payment: dict[str, Any], *, refunds: bool) -> None:
    """Say in the catalogue whether the payment's pair has refunds."""
    kept = admin.get(CATALOGUE)
    pairs = [
        {name: value for name, value in each.items() if name != "label"}
        | ({"refund": refunds} if is_of(each, payment) else {})
        for each in kept.json()["pairs"]
    ]
    headers = {"If-Match": kept.headers["etag"]}
    changed = admin.put(CATALOGUE, json={"pairs": pairs}, headers=headers)
    assert changed.status_code == 200, changed.text


def is_of(pair: dict[str, Any], payment: dict[str, Any]) -> bool:
    """Whether a payment was made with a pair."""
    return all(pair[part] == payment[part] for part in ("provider", "method"))


def test_a_pair_that_an_admin_says_cannot_refund_refunds_nothing_until_it_can_again(
    platform: WholePlatform,
) -> None:
    file = platform.data.parent / "catalogue.csv"
    file.write_text(
        purchases.HEADER + "".join(purchases.rows(PREFIX, YEAR, range(CENTS, CENTS + 1)))
    )
    platform.call("import", "payments", str(file), "--mapping", "cdnow")
    (payment,) = eventually(lambda: platform.paid(PREFIX), why="the import is stored")
    key = payment["transaction_id"]

    def obeyed(reason: str | None) -> bool:
        (row,) = platform.payments(PREFIX)
        return bool(row["actions"]["refund"]["reason"] == reason)

    with somebody(platform, "operator") as operator, somebody(platform, "admin") as admin:
        assert refund(operator, key) == REFUNDED
        let_refund(admin, payment, refunds=False)
        try:
            eventually(lambda: not obeyed(None), why="transactions has heard of it")
            assert refund(operator, key) == REFUSED
        finally:
            let_refund(admin, payment, refunds=True)
            eventually(lambda: obeyed(None), why="transactions has heard that it can again")
        assert refund(operator, key) == REFUNDED
