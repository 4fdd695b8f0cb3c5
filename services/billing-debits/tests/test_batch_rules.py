"""Rules of batches: what a new one takes, what the processor says of it, how rates are rounded."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from billing_debits.api.batch_schemas import BatchChoice
from billing_debits.domain.batch import (
    Batch,
    Plan,
    TellsBatch,
    Total,
    begin_submission,
    cancel,
    drafted,
    fold_batch,
    progressed,
    seal_member,
    sealed_piece,
    submitted_piece,
)
from billing_debits.domain.batch import Progress as Results
from billing_debits.domain.building import (
    OVER,
    UNDER_WAY,
    Waiting,
    batches_of,
    code_for,
    look,
)
from billing_debits.domain.errors import BatchNotCancellable, BatchNotSubmittable
from billing_debits.domain.facts import Cause
from billing_debits.domain.success import percent, share, success_rate
from billing_debits.store.batches import BatchStore
from payops_contracts.charges import ChargeType, Rail
from payops_contracts.debit_batches import BatchHistoryEvent, BatchOrigin, BatchStatus
from payops_contracts.ids import BatchCode, ChargeId
from payops_kernel.errors import Park
from payops_kernel.facts import IdentityContradiction
from payops_testing.billing_debits.builders import START, at

CODE = BatchCode("MB-260301-1000")
UNPAID, LIMIT = ChargeType.END_OF_BILLING_CYCLE, ChargeType.LIMIT_EXCEED


def waiting(number: int, amount: int = 100, **changes: object) -> Waiting:
    """A charge that is due, the lower its number the older."""
    made = Waiting(
        ChargeId(f"CH-{number:03d}"), at(hours=-100 + number), UNPAID, amount, "USD", Rail.ACH,
        True, None, at(hours=-1),
    )  # fmt: skip
    return made._replace(**changes)  # type: ignore[arg-type]


def a_batch(submitted: bool = True) -> Batch:
    """A batch of two charges."""
    total = Total().plus(UNPAID, 100).plus(LIMIT, 50)
    batch = drafted(Batch(CODE, 1, START, Plan("USD", Rail.ACH, total, 1), BatchOrigin.OPERATOR))
    seal_member(batch, ChargeId("CH-1"), UNPAID, 100)
    seal_member(batch, ChargeId("CH-2"), LIMIT, 50)
    sealed_piece(batch, START)
    if submitted:
        begin_submission(batch, None, START)
        batch.submitted = total
        submitted_piece(batch, START)
    return batch


def told(
    event: BatchHistoryEvent, hours: float = 1, count: int = 2, sum_minor: int = 150, **more: object
) -> TellsBatch:
    """The processor's word."""
    cause = Cause("/processor", f"{event}:{hours}:{count}", at(hours=hours))
    made = {"cause": cause, "batch_code": CODE, "event": event, "count": count,
            "sum_minor": sum_minor, "currency": "USD"}  # fmt: skip
    return TellsBatch(**made | more)  # type: ignore[arg-type]


def day(instant: object) -> str:
    return f"{instant:%d %b}"


def test_a_new_batch_takes_what_is_due_oldest_first_and_says_why_not_the_rest() -> None:
    charges = [
        waiting(4, 500),
        waiting(1),
        waiting(2, batch=BatchCode("MB-1")),
        waiting(3, collect_at=None),
        waiting(5, collect_at=at(days=2)),
        waiting(6, collect_at=at() + timedelta(seconds=60)),
        waiting(7, open=False),
    ]
    looks = look(charges, 550, at(), day)
    assert [(each.charge.charge_id[-1], each.refusal) for each in looks] == [
        ("1", None),
        ("2", "It is in batch MB-1."),
        ("3", UNDER_WAY),
        ("4", OVER),
        ("5", "Its next retry is due on 03 Mar."),
        ("6", None),
        ("7", "It is not open any more."),
    ]


KINDS = st.tuples(
    st.sampled_from(["USD", "EUR"]),
    st.sampled_from(Rail),
    st.sampled_from(ChargeType),
    st.integers(1, 10**12),
)


@given(st.lists(KINDS, max_size=40))
def test_batches_are_one_a_currency_and_rail_and_their_two_parts_add_up(
    kinds: list[tuple[str, Rail, ChargeType, int]],
) -> None:
    charges = [
        waiting(number, amount, currency=currency, rail=rail, type=kind)
        for number, (currency, rail, kind, amount) in enumerate(kinds)
    ]
    made = batches_of(charges, 7)
    assert len({(plan.currency, plan.rail) for plan, _ in made}) == len(made)
    assert sorted(each for _, ids in made for each in ids) == [it.charge_id for it in charges]
    for plan, ids in made:
        mine = [it for it in charges if (it.currency, it.rail) == (plan.currency, plan.rail)]
        assert plan.drafted.total_minor == sum(it.amount_minor for it in mine)
        assert plan.drafted.count == len(ids) <= plan.chunks * 7 < len(ids) + 7
        limit = sum(it.amount_minor for it in mine if it.type is LIMIT)
        assert plan.drafted.spending_limit_minor == limit


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"retries_only": False},
        {"amount_limit_minor": 5},
        {"types": []},
        {"all": True, "types": ["LIMIT_EXCEED"]},
        {"charge_ids": ["CH-1"], "currency": "USD"},
    ],
)
def test_a_choice_that_says_nothing_or_two_things_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        BatchChoice.model_validate(body)


def test_a_choice_is_all_or_conditions_or_charges() -> None:
    for body in ({"all": True, "amount_limit_minor": 5}, {"retries_only": True}):
        assert BatchChoice.model_validate(body).chosen().charge_ids == ()
    chosen = BatchChoice.model_validate({"charge_ids": ["CH-1", "CH-1"]}).chosen()
    assert chosen.charge_ids == ("CH-1",)


def test_codes_of_one_minute_are_told_apart() -> None:
    taken: set[str] = set()
    for wanted in ("MB-260301-1000", "MB-260301-1000-2", "MB-260301-1000-3"):
        code = code_for(START, frozenset(taken))
        assert code == wanted
        taken.add(code)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_what_the_processor_says_of_a_batch_ends_alike_in_every_order(
    order: tuple[int, ...],
) -> None:
    facts = [
        told(BatchHistoryEvent.ACKNOWLEDGED, 1),
        told(BatchHistoryEvent.ACKNOWLEDGED, 2, count=1),
        told(BatchHistoryEvent.PROCESSED, 3),
        told(BatchHistoryEvent.PROCESSED, 4, sum_minor=149),
    ]
    batch = a_batch()
    for number in (*order, *order):  # and all of it twice
        batch = fold_batch(batch, facts[number])
    assert batch.status is BatchStatus.PROCESSED
    assert batch.acknowledged is not None
    assert batch.processed is not None
    assert (batch.acknowledged.at, batch.processed.at) == (at(hours=1), at(hours=3))
    assert batch.agrees(batch.processed)
    assert len(batch.history) == 4 + len(facts)


def test_a_batch_processed_while_it_is_submitted_is_processed_at_the_end() -> None:
    batch = a_batch(submitted=False)
    begin_submission(batch, None, START)
    statuses = [fold_batch(batch, told(BatchHistoryEvent.PROCESSED)).status]
    batch.submitted = batch.sealed
    submitted_piece(batch, START)
    statuses.append(batch.status)
    assert statuses == [BatchStatus.SUBMITTING, BatchStatus.PROCESSED]


def test_words_on_a_batch_that_was_not_submitted_change_nothing() -> None:
    batch = fold_batch(a_batch(submitted=False), told(BatchHistoryEvent.PROCESSED))
    assert (batch.status, batch.processed) == (BatchStatus.SEALED, None)
    assert batch.history[-1].note == "ignored: it was not submitted"


def test_words_on_an_unknown_batch_wait_and_another_currency_is_refused() -> None:
    with pytest.raises(Park):
        fold_batch(None, told(BatchHistoryEvent.PROCESSED))
    with pytest.raises(IdentityContradiction):
        fold_batch(a_batch(), told(BatchHistoryEvent.PROCESSED, currency="EUR"))


def test_other_totals_than_were_submitted_are_told() -> None:
    batch = fold_batch(a_batch(), told(BatchHistoryEvent.PROCESSED, count=1, sum_minor=100))
    assert batch.processed is not None
    assert not batch.agrees(batch.processed)


def test_a_batch_is_submitted_or_cancelled_never_both() -> None:
    batch = a_batch()
    with pytest.raises(BatchNotCancellable):
        cancel(batch, "somebody", "why", at())
    other = a_batch(submitted=False)
    cancel(other, "somebody", "why", at())
    with pytest.raises(BatchNotSubmittable):
        begin_submission(other, "somebody", at())


def test_a_batch_into_which_nothing_could_be_taken_is_cancelled() -> None:
    batch = drafted(
        Batch(CODE, 1, START, Plan("USD", Rail.ACH, Total(1, 5), 1), BatchOrigin.SCHEDULE)
    )
    sealed_piece(batch, START)
    assert (batch.status, batch.sealed_at) == (BatchStatus.CANCELLED, None)


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_rate_is_all_only_when_all_and_none_only_when_none(part: int, of: int) -> None:
    part = min(part, of)
    points = share(part, of)
    assert points is not None
    assert (points == 10_000) == (part == of)
    assert (points == 0) == (part == 0)
    assert abs(points * of - part * 10_000) <= of  # within a hundredth of a percent


@pytest.mark.parametrize(
    ("part", "of", "said"),
    [(754, 1000, "75.40%"), (1, 3, "33.33%"), (2, 3, "66.67%"), (1, 10**6, "0.01%"),
     (10**6 - 1, 10**6, "99.99%"), (0, 7, "0.00%"), (7, 7, "100.00%"), (0, 0, None)],
)  # fmt: skip
def test_rates_have_two_decimals(part: int, of: int, said: str | None) -> None:
    assert percent(share(part, of)) == said


def test_the_rate_is_of_all_that_was_submitted_and_a_reversal_changes_nothing() -> None:
    results = Results(submitted=4, succeeded=2, failed=1, reversed=1)
    assert success_rate(results) == 5_000
    assert success_rate(Results()) is None


def test_progress_is_a_version_and_no_row_of_the_history() -> None:
    batch = a_batch()
    rows, version = len(batch.history), batch.version
    assert progressed(batch, Results(submitted=2, succeeded=1), at())
    assert not progressed(batch, Results(submitted=2, succeeded=1), at())
    assert (len(batch.history), batch.version) == (rows, version + 1)


def test_a_batch_comes_back_from_its_document() -> None:
    store = BatchStore({"debit_batches": None})  # type: ignore[dict-item]
    batch = fold_batch(a_batch(), told(BatchHistoryEvent.PROCESSED))
    progressed(batch, Results(2, 1, 100, 1, first_result_at=at(), last_result_at=at()), at())
    batch.left_out["why"] = 3
    again = store.from_document(store.to_document(batch))
    batch.step = None
    assert again == batch
