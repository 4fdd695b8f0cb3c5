"""What a generator makes of the gateway's document, sent to the platform as it runs.

Every service's operations are in it; ``--full`` asks services themselves, too, and far more.
"""

from __future__ import annotations

from typing import Any

import pytest
from schemathesis import Case

from payops_testing.generated_requests import answered, generated
from payops_testing.running_services import RunningServices

pytestmark = [pytest.mark.servers, pytest.mark.timeout(900)]
EXAMPLES = 8


@generated("gateway", EXAMPLES)
def test_gateway_answers_as_announced(case: Case[Any], running: RunningServices) -> None:
    answered(running, "gateway", case)
