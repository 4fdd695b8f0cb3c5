"""The pages of batches: what the service answers in words, what is asked of it, what is refused."""

import re
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from backoffice.pages.batches.sentences import SAID_OF_BATCHES, reason_said
from backoffice.pages.batches.timeline import LOOKS
from backoffice.words import Words
from billing_debits.api.batch_presenting import batch_detail
from billing_debits.domain.batch import (
    Batch,
    Plan,
    Progress,
    Told,
    Total,
    begin_submission,
    cancel,
    drafted,
    exclude,
    not_cancellable,
    not_submittable,
    seal_member,
    sealed_piece,
    submitted_piece,
)
from payops_contracts.charges import ChargeType, Rail
from payops_contracts.debit_batches import BatchHistoryEvent, BatchOrigin, BatchStatus
from payops_contracts.ids import BatchCode, ChargeId
from payops_kernel.http.responses import JsonResponse
from payops_testing.backoffice.people import DIALOG, fields_of, person, text_of
from payops_testing.backoffice.played_gateway import PlayedGateway
from payops_testing.billing_debits.builders import START, at

CODE = BatchCode("MB-260301-1000")
UNPAID, LIMIT = ChargeType.END_OF_BILLING_CYCLE, ChargeType.LIMIT_EXCEED
HELD = Total().plus(UNPAID, 100).plus(LIMIT, 50)
NO_ROWS: dict[str, Any] = {
    "items": [], "next": None, "previous": None, "from": 0, "to": 0, "total": 0,
    "total_is_capped": False,
}  # fmt: skip
PREVIEW: dict[str, Any] = {
    "preview_id": "dbp-1", "chosen": 3, "count": 2,
    "batches": [{"currency": "USD", "rail": "ACH", "count": 2, "unpaid_minor": 100,
                 "spending_limit_minor": 50, "total_minor": 150, "amount": "US$1.50"}],
    "rows": [{"key": "CH-1", "currency": "USD", "amount_minor": 100, "amount": "US$1.00"}],
    "sums": [{"currency": "USD", "amount_minor": 150, "amount": "US$1.50"}],
    "refused": [{"reason": "Its next retry is due on 02 Mar 2026.", "count": 1, "keys": ["CH-9"]}],
}  # fmt: skip


def draft() -> Batch:
    return drafted(
        Batch(CODE, 7, START, Plan("USD", Rail.ACH, HELD, 1), BatchOrigin.OPERATOR, "op")
    )


def sealed() -> Batch:
    batch = draft()
    seal_member(batch, ChargeId("CH-1"), UNPAID, 100)
    seal_member(batch, ChargeId("CH-2"), LIMIT, 50)
    sealed_piece(batch, START)
    return batch


def submitted() -> Batch:
    batch = sealed()
    begin_submission(batch, "op", START)
    exclude(batch, ChargeId("CH-2"), 50, "It is not open any more.")
    batch.submitted = Total().plus(UNPAID, 100)
    submitted_piece(batch, START)
    batch.progress = Progress(submitted=1)
    return batch


def processed() -> Batch:
    batch = submitted()
    batch.acknowledged, batch.processed = Told(at(hours=1), 2, 150), Told(at(hours=2), 1, 100)
    batch.progress = Progress(1, 1, 100, first_result_at=at(hours=1), last_result_at=at(hours=2))
    return batch


def cancelled() -> Batch:
    batch = sealed()
    cancel(batch, "op", "Wrong cycle", START)
    return batch


STORIES: dict[str, tuple[Callable[[], Batch], str, str]] = {
    "draft": (draft, "being taken in: 0 of 2", "vengono presi: 0 di 2"),
    "sealed": (sealed, "2 charges wait to be submitted: US$1.50", "2 addebiti aspettano l'invio"),
    "submitted": (submitted, "1 debit has no result yet", "1 prelievo non ha ancora un esito"),
    "processed": (processed, "Every debit has its result", "Ogni prelievo ha il suo esito"),
    "cancelled": (cancelled, "free for another batch", "liberi per un altro lotto"),
}


async def page_of(
    batch: Batch,
    language: str = "en",
    open_exceptions: int = 0,
    charges: dict[str, Any] = NO_ROWS,
) -> str:
    gateway = PlayedGateway()
    answer = orjson.loads(JsonResponse(batch_detail(batch)).body)
    gateway.play("GET", f"/v1/debit-batches/{CODE}", answer)
    gateway.play("GET", f"/v1/debit-batches/{CODE}/charges", charges)
    gateway.play("GET", "/v1/debit-exceptions", NO_ROWS | {"total": open_exceptions})
    async with person(gateway, language=language) as reader:
        shown = await reader.get(f"/debit-batches/{CODE}")
        assert shown.status_code == 200, shown.text
        return shown.text


def hidden(html: str) -> dict[str, str]:
    """What the form on a page has but for what a person says."""
    said = {"types", "rails", "cycles", "limit", "retries_only", "submit_when_sealed"}
    return {name: value for name, value in fields_of(html).items() if name not in said}


def section(html: str, name: str) -> str:
    found = re.search(rf'<section[^>]*"section-{name}">(.*?)</section>', html, re.DOTALL)
    return text_of(found[1]) if found else ""


@pytest.mark.parametrize("story", STORIES)
async def test_what_happens_next_is_said_in_both_languages(story: str) -> None:
    made, english, italian = STORIES[story]
    assert english in section(await page_of(made()), "next")
    assert italian in section(await page_of(made(), "it"), "next")


async def test_totals_of_every_stage_stand_in_one_table_and_differences_are_said() -> None:
    page = await page_of(processed())
    totals = section(page, "stages")
    for said in (
        "2 US$1.00 US$0.50 US$1.50 None Submitted",
        "1 US$1.00 US$0.00 US$1.00 1 charge less, US$0.50 less Acknowledged",
        "2 - - US$1.50 1 charge more, US$0.50 more Processed",
    ):
        assert said in totals, totals
    assert "CH-2 US$0.50 It is not open any more." in section(page, "excluded")
    italian = section(await page_of(processed(), "it"), "stages")
    assert "1 addebito in meno, 0,50 US$ in meno" in italian.replace("\xa0", " ")


async def test_its_rate_its_digest_and_its_history_are_there() -> None:
    page = await page_of(processed())
    assert "By count 100.00% By value 100.00% Results 1 of 1" in section(page, "success")
    assert "Per numero 100,00%" in section(await page_of(processed(), "it"), "success")
    assert f'data-text="{processed().digest}"' in page
    history = section(page, "history")
    for said in ("Batch created", "Batch sealed", "Batch submitted", "First result", "Last result"):
        assert said in history
    assert history.index("Batch submitted") < history.index("Batch created")


async def test_open_exceptions_are_said_with_the_way_to_them() -> None:
    page = await page_of(submitted(), open_exceptions=2)
    assert "2 open exceptions of its debits." in page
    assert f"/debit-exceptions?batch_code={CODE}&amp;state=OPEN" in page


async def test_its_charges_are_paged_with_the_result_here_beside_the_status_now() -> None:
    row = {
        "charge_id": "CH-1", "amount_minor": 100, "currency": "USD", "debit_id": "TX-1",
        "result": "TEMP_REJECTED", "failure_reason": "No money", "status": "FINALIZED",
    }  # fmt: skip
    charges = NO_ROWS | {"items": [row], "next": "c+2", "from": 1, "to": 1, "total": 70}
    page = await page_of(submitted(), charges=charges)
    shown = section(page, "charges")
    assert "CH-1 US$1.00 Temp rejected No money Finalized TX-1" in shown
    assert "Showing 1-1 of 70 Previous Next" in shown
    assert f'href="/debit-batches/{CODE}?cursor=c%2B2#section-charges"' in page
    assert 'href="/charges/CH-1"' in page
    assert 'href="/debit-attempts/TX-1"' in page


async def test_a_batch_stands_in_its_row_and_in_the_charts_in_italian() -> None:
    row = {
        "batch_id": 7, "batch_code": CODE, "created_at": "2026-03-01T10:00:00Z", "version": 3,
        "unpaid_minor": 100, "spending_limit_minor": 50, "total_minor": 150, "currency": "USD",
        "success_rate": "75.40%", "success_points": 7540, "resolved": "9 of 10",
        "submitted_at": None, "count": 10, "status": "SUBMITTED",
    }  # fmt: skip
    gateway = PlayedGateway()
    rows = [row | {"status": each.value} for each in BatchStatus]
    gateway.play("GET", "/v1/debit-batches", NO_ROWS | {"items": rows, "total": len(rows)})
    gateway.play("GET", "/v1/saved-views", {"items": []})
    async with person(gateway, language="it") as reader:
        page = (await reader.get("/debit-batches")).text
    said = text_of(page)
    assert "Lotti di prelievo" in said
    assert said.count("75,40%") == len(rows) + 6  # six of them are drawn
    assert "9 di 10" in said
    chips = re.findall(r'<span class="chip (chip-\w+)">(<svg.*?</svg>)(.*?)</span>', page)
    assert len(set(chips)) == len(chips) == len(rows)
    assert 'data-kind="debit-batches"' in page


def test_every_event_status_and_reason_has_its_words() -> None:
    assert set(BatchHistoryEvent) - set(LOOKS) == {
        BatchHistoryEvent.PROGRESSED, BatchHistoryEvent.RESTORED,
    }  # fmt: skip
    for phase in BatchStatus:
        batch = draft()
        batch.phase = phase
        for refusal in (not_submittable(batch), not_cancellable(batch)):
            assert refusal is None or refusal in SAID_OF_BATCHES
    italian = Words("it")
    assert reason_said("It is in batch MB-1.", italian) == "È nel lotto MB-1."
    assert "2 mar 2026" in reason_said("Its next retry is due on 02 Mar 2026.", italian)
    assert reason_said("Said by another version", italian) == "Said by another version"


async def test_what_cannot_be_done_says_why() -> None:
    page = text_of(await page_of(submitted()))
    assert "It is Submitted, and not sealed." in page
    assert "It is Submitted." in page


async def test_a_limit_needs_a_currency_and_a_choice_is_sent_as_it_was_made() -> None:
    gateway = PlayedGateway()
    gateway.play("POST", "/v1/debit-batches/previews", PREVIEW, 201)
    async with person(gateway) as operator:
        form = hidden((await operator.get("/debit-batches/new")).text)
        wrong = await operator.post("/debit-batches/new", data=form | {"limit": "10.00"})
        assert wrong.status_code == 422
        assert "Choose a currency" in wrong.text
        sent = form | {"limit": "10.00", "currency": "USD", "cycles": "20260301, 20260401",
                       "types": ["LIMIT_EXCEED"], "rails": ["ACH", "NO_RAIL"]}  # fmt: skip
        shown = await operator.post("/debit-batches/new", data=sent)
        everything = await operator.post("/debit-batches/new", data=form)
    assert everything.status_code == 200
    first, second = [each.body for each in gateway.asked if each.method == "POST"]
    assert first == {
        "types": ["LIMIT_EXCEED"], "rails": ["ACH"], "currency": "USD",
        "billing_cycle_codes": ["20260301", "20260401"], "amount_limit_minor": 1000,
    }  # fmt: skip
    assert second == {"all": True}
    for said in ("A batch of 2 charges", "US$1.50", "1 is left out", "due on 2 Mar 2026. CH-9"):
        assert said in text_of(shown.text)


async def test_a_changed_set_is_shown_under_a_new_key_and_gone_on_without_what_fell_away() -> None:
    gateway = PlayedGateway()
    gateway.play("POST", "/v1/debit-batches/previews", PREVIEW, 201)
    changed = {"code": "debit_batch_set_changed", "detail": "Changed.", "gone": ["CH-1"],
               "gone_total": 1, "changed": [], "changed_total": 0}  # fmt: skip
    gateway.play("POST", "/v1/debit-batches", changed, 409)
    async with person(gateway) as operator:
        form = hidden((await operator.get("/debit-batches/new")).text)
        confirm = hidden((await operator.post("/debit-batches/new", data=form)).text)
        refused = await operator.post(
            "/debit-batches", data=confirm | {"submit_when_sealed": "1"}, headers=DIALOG
        )
        assert refused.status_code == 409
        assert "1 cannot be debited any more: CH-1" in text_of(refused.text)
        again = hidden(refused.text)
        made = {"batches": [{"batch_code": CODE}], "left_out": 1}
        gateway.play("POST", "/v1/debit-batches", made, 202)
        done = await operator.post("/debit-batches", data=again | {"submit_when_sealed": "1"})
    assert (done.status_code, done.headers["location"]) == (303, f"/debit-batches/{CODE}")
    before, after = [each for each in gateway.asked if each.path == "/v1/debit-batches"]
    assert before.body == {"preview_id": "dbp-1", "accept_removals": False,
                           "submit_when_sealed": True}  # fmt: skip
    assert after.body["accept_removals"] is True
    assert before.headers["idempotency-key"] != after.headers["idempotency-key"]


async def test_a_whole_filter_is_no_selection_of_charges() -> None:
    gateway = PlayedGateway()
    async with person(gateway) as operator:
        form = hidden((await operator.get("/debit-batches/new")).text)
        token = {"form_token": form["form_token"]}
        answer = await operator.post(
            "/debit-batches/of-charges", data=token | {"all_of": "?status=PENDING"}
        )
    assert answer.status_code == 422
    assert "takes those that are ticked" in answer.text
