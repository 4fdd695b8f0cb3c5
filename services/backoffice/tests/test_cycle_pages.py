"""The pages of billing cycles: the list, one cycle, and its closing, in two languages."""

from typing import Any

import orjson
import pytest

from backoffice.pages.cycles.cycle import LOOKS
from billing_debits.api.cycle_presenting import cycle_detail, reconciliation
from billing_debits.domain.cycles import BillingCycle, FactKind, Told, Totals, close
from billing_debits.domain.facts import Cause
from billing_debits.store.cycle_reads import FoundOfCycle
from billing_debits.use_cases.settle_cycles import OpenCharges
from payops_contracts.cycles import CycleHistoryEvent
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.responses import JsonResponse
from payops_testing.backoffice.people import person, text_of
from payops_testing.backoffice.played_gateway import PlayedGateway
from payops_testing.billing_debits.builders import at
from payops_testing.billing_debits.cycles import CYCLE, a_cycle, cycle_fact

TOTALS = Totals("USD", 3, 969, 174, 1, 323, 0, 1, 323, 1, 323)
OPENED = OpenCharges(1, ("CH-1",))
NOTHING_OPEN = OpenCharges(0, ())


def row(cycle: BillingCycle, told: int = 969) -> dict[str, Any]:
    return {
        "_id": f"{CYCLE}-USD", "code": CYCLE, "month": "2026-03", "version": cycle.version,
        "status": cycle.status, "told_charges": 3, "told_charged_minor": told,
        "difference_minor": told - 969, "adjustments": 0, "adjusted_minor": 0,
        "adjusted_elsewhere_minor": 0, **TOTALS._asdict(),
    }  # fmt: skip


def played(cycle: BillingCycle, opened: OpenCharges, told: int = 969) -> PlayedGateway:
    gateway, path = PlayedGateway(), f"/v1/billing-cycles/{CYCLE}"
    adjustment = {
        "_id": "CH-9:7", "at": at(50), "charge_id": "CH-9", "debit_id": "db-9", "currency": "USD",
        "adjusted_minor": -1000, "closed_code": "20260201", "open_code": CYCLE,
    }  # fmt: skip
    found = FoundOfCycle([row(cycle, told)], opened, [adjustment])
    finding = {
        "_id": "CH-2:sum", "cycle": CYCLE, "charge_id": "CH-2", "mpass_number": "MP-2",
        "finding": "DIFFERENT", "net_minor": 84, "consumed_minor": 83, "difference_minor": -1,
        "currency": "USD",
    }  # fmt: skip
    said = reconciliation(cycle, found.rows, {"DIFFERENT": 1}, [finding])
    gateway.play("GET", path, json_of(cycle_detail(cycle, found)))
    gateway.play("GET", f"{path}/reconciliation", json_of(said))
    return gateway


def json_of(answer: Any) -> Any:
    return orjson.loads(JsonResponse(answer).body)


def told_cycle() -> BillingCycle:
    return a_cycle(
        cycle_fact(FactKind.OPENED),
        cycle_fact(FactKind.TOTALS, at(30), Told("USD", 3, 969)),
        cycle_fact(FactKind.ENDED, at(31)),
    )


async def page_of(gateway: PlayedGateway, language: str = "en", below: str = "") -> str:
    async with person(gateway, UserRole.APPROVER, language=language) as reader:
        answer = await reader.get(f"/billing-cycles/{CYCLE}{below}")
        assert answer.status_code == 200, answer.text
        return answer.text


async def test_a_cycle_with_open_debits_says_what_bars_its_closing_and_leads_there() -> None:
    page = await page_of(played(told_cycle(), OPENED))
    said = text_of(page)
    assert "A debit of 1 charge is open" in said
    where = f"/charges?billing_cycle_code={CYCLE}&amp;status=PENDING&amp;status=SUBMITTED"
    assert f"{where}&amp;status=TEMP_REJECTED" in page
    assert 'aria-disabled="true"' in page
    for figure in ("US$9.69", "US$3.23", "US$1.74", "-US$10.00", "-US$0.01"):
        assert figure in said
    assert "What settlement says it charged agrees" in said


async def test_totals_that_differ_are_said_before_anything_is_closed() -> None:
    said = text_of(await page_of(played(told_cycle(), NOTHING_OPEN, told=970)))
    assert "Settlement's totals differ from ours" in said
    assert "US$0.01" in said
    assert "an approver can close it" in said


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "Its totals are frozen."), ("it", "I suoi totali si fissano.")],
)
async def test_the_dialog_of_a_closing_shows_the_totals_and_the_consequence(
    language: str, sentence: str
) -> None:
    page = await page_of(played(told_cycle(), NOTHING_OPEN), language, "/closure")
    assert sentence in text_of(page)
    assert 'name="key"' in page


async def test_a_closed_cycle_can_be_reopened_with_a_reason_alone() -> None:
    cycle = told_cycle()
    close(cycle, (TOTALS,), "local:approver", Cause("/payops/billing-debits", "c", at(40)))
    gateway = played(cycle, NOTHING_OPEN)
    page = await page_of(gateway, below="/reopening")
    assert "Reason (required)" in text_of(page)
    assert "local:approver" in text_of(await page_of(gateway))


def test_every_event_of_a_history_has_its_look() -> None:
    never_rows = {CycleHistoryEvent.ADJUSTED, CycleHistoryEvent.RESTORED}
    assert set(LOOKS) == set(CycleHistoryEvent) - never_rows
