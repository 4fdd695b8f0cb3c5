"""The page of a debit exception, and its dialogs."""

import re
from typing import Any

import pytest

from payops_kernel.auth.principals import UserRole
from payops_testing.backoffice.people import person, text_of
from payops_testing.backoffice.played_gateway import PlayedGateway

PATH = "/debit-exceptions/ex-1"
MAY: dict[str, Any] = {"allowed": True, "reason": None}
OPEN: dict[str, Any] = {
    "exception_id": "ex-1", "kind": "RESULT_MISSING", "kind_label": "Result missing",
    "state": "OPEN", "opened_at": "2026-03-02T10:00:00Z", "waiting_since": "2026-03-02T10:00:00Z",
    "debit_id": "TX-1", "amount_minor": 3230, "amount": "US$32.30", "currency": "USD",
    "owner": None, "resolved_at": None, "resolved_by": None, "resolution": None,
    "charge_id": "CH-1", "charge_status": "TEMP_REJECTED", "charge_status_label": "Temp rejected",
    "batch_code": None, "member": {"mpass_number": "MP-1", "user_name": "Duong Le"}, "moves": [],
    "version": 4,
    "actions": {
        "resolve": MAY, "take": MAY,
        "give_back": {"allowed": False, "reason": "Nobody looks after it."},
    },
}  # fmt: skip
NOT_NOW = {"allowed": False, "reason": "It was resolved already."}
RESOLVED = OPEN | {
    "state": "RESOLVED", "waiting_since": None, "resolved_at": "2026-03-03T10:00:00Z",
    "actions": dict.fromkeys(("resolve", "take", "give_back"), NOT_NOW),
}  # fmt: skip


def played(detail: dict[str, Any]) -> PlayedGateway:
    gateway = PlayedGateway()
    gateway.play("GET", f"/v1{PATH}", detail)
    return gateway


async def read(path: str, detail: dict[str, Any] = OPEN, role: UserRole = UserRole.OPERATOR) -> str:
    async with person(played(detail), role) as reader:
        answered = await reader.get(path)
        assert answered.status_code == 200, answered.text
        return answered.text


async def test_an_open_one_says_what_to_do_and_a_resolved_one_offers_nothing() -> None:
    html = await read(PATH)
    assert "It may have been collected. A late answer settles this." in text_of(html)
    assert f'href="{PATH}/resolution"' in html
    assert f'href="{PATH}/give-back"' not in html
    html = await read(PATH, RESOLVED)
    assert "It may have been collected" not in text_of(html)
    assert f"{PATH}/resolution" not in html


async def test_a_viewer_sees_who_may_and_gets_no_form() -> None:
    html = await read(PATH, role=UserRole.VIEWER)
    assert "Operators can do this, you are a viewer." in text_of(html)
    async with person(played(OPEN), UserRole.VIEWER) as reader:
        assert (await reader.get(f"{PATH}/resolution")).status_code == 403


@pytest.mark.parametrize(("kind", "asks"), [("RESULT_MISSING", True), ("OVERCOLLECTED", False)])
async def test_only_of_a_missing_result_it_is_asked_whether_it_succeeded(
    kind: str, asks: bool
) -> None:
    html = await read(f"{PATH}/resolution", OPEN | {"kind": kind})
    assert ("Did the debit succeed?" in text_of(html)) is asks


@pytest.mark.parametrize("below", ["resolution", "take", "give-back"])
async def test_what_cannot_be_done_any_more_says_so(below: str) -> None:
    html = await read(f"{PATH}/{below}", RESOLVED)
    assert "It was resolved already." in text_of(html)
    assert "dialog-form" not in html


async def test_one_stands_in_the_list_with_its_age_and_a_resolved_one_has_none() -> None:
    gateway = PlayedGateway()
    rows = [OPEN | {"mpass_number": "MP-1"}, RESOLVED | {"exception_id": "ex-2"}]
    listed = {"items": rows, "next": None, "previous": None, "from": 1, "to": 2, "total": 2,
              "total_is_capped": False}  # fmt: skip
    gateway.play("GET", "/v1/debit-exceptions", listed)
    gateway.play("GET", "/v1/saved-views", {"items": []})
    async with person(gateway) as reader:
        answered = await reader.get("/debit-exceptions")
    assert answered.status_code == 200, answered.text
    ages = re.findall(r"of-waiting_since.*?<td", answered.text, re.DOTALL)
    assert ["<time" in age for age in ages] == [True, False]
