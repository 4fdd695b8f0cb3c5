"""The same with many more requests; making them takes a minute: ``--full`` alone collects this."""

from __future__ import annotations

from typing import Any

import pytest
from schemathesis import Case

from payops_testing.generated_requests import answered, generated
from payops_testing.running_services import RunningServices

pytestmark = [pytest.mark.full, pytest.mark.servers, pytest.mark.timeout(900)]
EXAMPLES = 150


@generated("transactions", EXAMPLES)
def test_transactions_answers_very_many_as_announced(
    case: Case[Any], running: RunningServices
) -> None:
    answered(running, "transactions", case)


@generated("analytics", EXAMPLES)
def test_analytics_answers_very_many_as_announced(
    case: Case[Any], running: RunningServices
) -> None:
    answered(running, "analytics", case)


@generated("gateway", EXAMPLES)
def test_gateway_answers_very_many_as_announced(case: Case[Any], running: RunningServices) -> None:
    answered(running, "gateway", case)
