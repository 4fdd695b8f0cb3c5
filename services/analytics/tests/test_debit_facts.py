"""Buckets of debits are always what the facts' last states make, whatever came when."""

from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from analytics.domain.debit_facts import ChargeFact
from analytics.domain.percentages import rate_percent
from analytics.use_cases.record_facts import record_facts
from payops_testing.analytics.debits import (
    NOON,
    FactsInMemory,
    Numbers,
    a_charge_fact,
    an_attempt,
    recompute_debits,
)

CHARGES = ("PENDING", "SUBMITTED", "TEMP_REJECTED", "FINALIZED", "WITHDRAWN", "REVERSED")
ATTEMPTS = ("SUBMITTED", "UNKNOWN", "FINALIZED", "TEMP_REJECTED", "PERMANENT_REJECTED", "REVERSED")
PARTITIONS = 3


@st.composite
def histories(draw: st.DrawFn) -> list[ChargeFact]:
    """Whole histories of a few charges, some events twice, all in any order."""
    told: list[ChargeFact] = []
    for number in range(draw(st.integers(1, 4))):
        rail = draw(st.sampled_from(("ACH", "SEPA", "CARD")))
        for version in range(1, draw(st.integers(1, 4)) + 1):
            attempts = tuple(
                an_attempt(
                    each + 1,
                    draw(st.sampled_from(ATTEMPTS)),
                    NOON + timedelta(days=draw(st.integers(0, 2))),
                    rail,
                    batch_code=draw(st.sampled_from((None, "MB-260301-0600"))),
                    failure_code=draw(st.sampled_from((None, "R01", "a.b$c%"))),
                )
                for each in range(draw(st.integers(0, 3)))
            )
            told.append(
                a_charge_fact(
                    f"c-{number}",
                    version,
                    status=draw(st.sampled_from(CHARGES)),
                    amount_minor=draw(st.integers(1, 3)),
                    collected_minor=draw(st.integers(0, 3)),
                    tax_minor=draw(st.integers(0, 1)),
                    rail=rail,
                    partition=draw(st.integers(0, PARTITIONS - 1)),
                    attempts=attempts,
                )
            )
    twice = draw(st.lists(st.sampled_from(told), max_size=4))
    return draw(st.permutations(told + twice))


async def _record(told: list[ChargeFact], slices: int) -> FactsInMemory[ChargeFact]:
    charges = FactsInMemory[ChargeFact]()
    size = max(1, len(told) // slices)
    for start in range(0, len(told), size):
        await record_facts(charges, told[start : start + size])
    return charges


def _without_partitions(numbers: Numbers) -> Numbers:
    sums = Numbers()
    for (currency, day, _, *part), number in numbers.items():
        sums[(currency, day, *part)] += number
    return sums


@given(histories(), st.integers(1, 6))
async def test_any_order_and_any_duplicates_end_in_what_a_recomputation_gives(
    told: list[ChargeFact], slices: int
) -> None:
    charges = await _record(told, slices)
    assert charges.numbers == recompute_debits(charges.facts.values())


@given(histories(), st.integers(1, 6), st.randoms(use_true_random=False))
async def test_the_sums_over_all_partitions_depend_on_the_last_versions_alone(
    told: list[ChargeFact], slices: int, random: Random
) -> None:
    otherwise = [fact._replace(partition=random.randrange(PARTITIONS)) for fact in told]
    random.shuffle(otherwise)
    # Of two events with one version the first counts: here they are the same but for partition.
    one, other = await _record(told, slices), await _record(otherwise, 1)
    assert _without_partitions(one.numbers) == _without_partitions(other.numbers)


@given(histories())
async def test_attempts_add_up_the_same_by_number_and_by_batch(told: list[ChargeFact]) -> None:
    numbers = (await _record(told, 1)).numbers
    for outcome in ("attempts", "succeeded", "failed", "reversed"):
        by_number, by_batch = (
            sum(number for name, number in numbers.items() if name[3] == f"{by}_{outcome}")
            for by in ("number", "batch")
        )
        assert by_number == by_batch
    failed = sum(number for name, number in numbers.items() if name[3] == "number_failed")
    assert failed == sum(number for name, number in numbers.items() if name[3] == "reason")


async def test_an_older_or_equal_version_changes_nothing() -> None:
    charges = FactsInMemory[ChargeFact]()
    await record_facts(charges, [a_charge_fact(version=3, status="SUBMITTED")])
    before = dict(charges.buckets)
    for version in (3, 2):
        await record_facts(charges, [a_charge_fact(version=version, status="FINALIZED")])
    assert charges.buckets == before


async def test_a_failure_that_a_retry_recovers_counts_as_recovered_and_what_it_brought_back() -> (
    None
):
    charges = FactsInMemory[ChargeFact]()
    failed = an_attempt(1, "TEMP_REJECTED", failure_code="R01")
    await record_facts(charges, [a_charge_fact(status="TEMP_REJECTED", attempts=(failed,))])
    numbers = charges.numbers
    assert numbers["USD", "2026-03-01", 0, "owed", None, "amount"] == 1200
    assert ("USD", "2026-03-01", 0, "reason_recovered", "R01", "count") not in numbers
    retry = an_attempt(2, at=NOON + timedelta(days=1))
    await record_facts(
        charges,
        [
            a_charge_fact(
                version=2, status="FINALIZED", collected_minor=1200, attempts=(failed, retry)
            )
        ],
    )
    numbers = charges.numbers
    assert numbers["USD", "2026-03-01", 0, "reason_recovered", "R01", "count"] == 1
    assert numbers["USD", "2026-03-02", 0, "number_succeeded", "2", "amount"] == 1200
    assert numbers["USD", "2026-03-01", 0, "tax", None, "amount"] == 216  # retained all along
    assert numbers["USD", "2026-05-01", 0, "returnable", "ACH", "amount"] == 1200
    back = retry._replace(status="REVERSED", returnable_until=None, last_day=None)
    await record_facts(
        charges, [a_charge_fact(version=3, status="REVERSED", attempts=(failed, back))]
    )
    numbers = charges.numbers
    assert numbers["USD", "2026-03-02", 0, "number_succeeded", "2", "count"] == 1  # its rate stays
    assert numbers["USD", "2026-03-02", 0, "number_reversed", "2", "count"] == 1
    assert ("USD", "2026-05-01", 0, "returnable", "ACH", "count") not in numbers
    assert numbers["USD", "2026-03-01", 0, "owed", None, "amount"] == 1200


def test_a_rate_is_of_all_attempts_and_never_all_or_none_unless_it_is() -> None:
    assert [rate_percent(part, 10) for part in (7, 2, 1)] == [70.0, 20.0, 10.0]
    assert rate_percent(1, 100_000) == 0.01
    assert rate_percent(99_999, 100_000) == 99.99
    assert (rate_percent(5, 5), rate_percent(0, 5), rate_percent(0, 0)) == (100.0, 0.0, None)
