"""A token that was signed out at the gateway ends at the services behind it, within its bound."""

from __future__ import annotations

import httpx
import pytest

from payops_local.services import SERVICES
from payops_testing.e2e.whole_platform import ANSWER_LIMIT_S, WholePlatform
from payops_testing.platforms import eventually

pytestmark = [pytest.mark.servers, pytest.mark.timeout(900)]

BOUND_S = 10.0
"""As docs say: within 10 s everywhere."""
LIST = "/v1/transactions"


def test_a_running_service_refuses_a_token_that_was_signed_out_and_no_other(
    platform: WholePlatform,
) -> None:
    transactions = next(each for each in SERVICES if each.name == "transactions")
    service = f"http://127.0.0.1:{platform.base + transactions.port_offset}"
    ours, others = (platform.call("token", role).strip() for role in ("approver", "operator"))

    def answered(token: str) -> int:
        headers = {"authorization": f"Bearer {token}"}
        return httpx.get(service + LIST, headers=headers, timeout=ANSWER_LIMIT_S).status_code

    assert [answered(token) for token in (ours, others)] == [200, 200]
    signed_out = httpx.post(
        f"{platform.gateway}/v1/sign-out",
        headers={"authorization": f"Bearer {ours}"},
        timeout=ANSWER_LIMIT_S,
    )
    assert signed_out.status_code == 204
    eventually(lambda: answered(ours) == 401, BOUND_S, "the service has heard of it")
    assert answered(others) == 200
