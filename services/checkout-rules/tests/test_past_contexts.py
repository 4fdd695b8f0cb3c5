"""Contexts of payments: one each, whatever the order and number of the events that tell them."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from random import Random

from checkout_rules.domain.blocks import leaves
from checkout_rules.domain.past import Learned, PastContext, learned, milliseconds
from checkout_rules.store.block_bytes import CELLS_MAX, PastBlock, from_bytes, packed_past, to_bytes
from payops_testing.checkout_rules.past import START, a_past, some_past

SEEDS = 300
DAY_MS = 86_400_000


def take(stored: dict[str, PastContext], days: Counter[date], found: Learned) -> None:
    """What the store does with it."""
    for each in (*found.appeared, *found.moved):
        stored[each.transaction_id] = each
    days.update(found.rows)


def states(random: Random, name: str) -> list[PastContext]:
    """A payment's states in order: mostly they tell the same context, at times another."""
    told, current = [], a_past(name, amount_minor=random.randrange(1, 3))
    for sequence in range(1, random.randrange(2, 6)):
        if random.random() < 0.3:
            at_ms = current.at_ms + DAY_MS * random.randrange(-1, 2)
            attributes = {"country": random.choice(("IT", "FR"))}
            current = current._replace(at_ms=at_ms, attributes=attributes)
        told.append(current._replace(sequence=sequence))
    return told


def packed(past: Sequence[PastContext]) -> list[PastBlock]:
    """As rows of a day are."""
    return list(packed_past([it.transaction_id for it in past], [it[2:] for it in past]))


def test_duplicates_and_states_that_come_late_leave_one_context_and_right_counts() -> None:
    for seed in range(SEEDS):
        random = Random(seed)
        payments = [states(random, f"ORD-{number}") for number in range(4)]
        log: list[PastContext] = []
        waiting = [list(each) for each in payments]
        while any(waiting):
            log.append(random.choice([each for each in waiting if each]).pop(0))
            if random.random() < 0.4:  # a relay that was paused says again what it had read
                log.append(random.choice(log))
        stored: dict[str, PastContext] = {}
        days: Counter[date] = Counter()
        while log:
            count = random.randrange(1, 6)
            told, log = log[:count], log[count:]
            take(stored, days, learned(told, dict(stored)))
        last = {str(each[-1].transaction_id): each[-1] for each in payments}
        assert stored.keys() == last.keys()
        assert all(it[2:] == last[key][2:] for key, it in stored.items()), seed
        assert +days == Counter(each.day for each in last.values()), seed


def test_a_context_that_moves_to_another_day_changes_both() -> None:
    before = a_past("ORD-1")
    after = before._replace(sequence=2, at_ms=before.at_ms + DAY_MS)
    found = learned([after], {"ORD-1": before})
    assert found.moved == [after]
    assert (found.rows, found.changes) == (
        {before.day: -1, after.day: 1}, {before.day: 1, after.day: 1},
    )  # fmt: skip


def test_a_block_is_the_same_after_it_was_written_and_read() -> None:
    past = some_past(500)
    (block,) = packed(past)
    again = from_bytes(to_bytes(block))
    assert again.seconds == block.seconds
    assert again.block.names == block.block.names
    for path, column in block.block.columns.items():
        assert repr(again.block.columns[path].unpacked()) == repr(column.unpacked())
    assert again.block.columns.keys() == block.block.columns.keys()


def test_blocks_stay_small_when_every_payment_has_attributes_of_its_own() -> None:
    past = [
        a_past(f"ORD-{n}", attributes={f"key-{n}-{of}": n for of in range(20)})
        for n in range(1_000)
    ]
    blocks = packed(past)
    assert len(blocks) > 1
    for each in blocks:
        assert each.block.rows * len(each.block.columns) <= CELLS_MAX
    names = [name for each in blocks for name in each.block.names]
    assert names == [each.transaction_id for each in past]
    again = [row for each in blocks for row in each.seconds]
    assert again == [each.at_ms // 1_000 for each in past]


def test_a_window_has_its_first_instant_and_not_its_last() -> None:
    start = milliseconds(START)
    past = [
        a_past("ORD-0", at_ms=start - 1),
        a_past("ORD-1", at_ms=start, attributes={"n": 1}),
        a_past("ORD-2", at_ms=start + DAY_MS - 1, attributes={"n": True}),
        a_past("ORD-3", at_ms=start + DAY_MS),
    ]
    (whole,) = packed(past)
    block = whole.between(start / 1_000, (start + DAY_MS) / 1_000)
    assert block.names == ("ORD-1", "ORD-2")
    assert repr(block.columns["n"].unpacked()) == "[1, True]"


def test_what_is_packed_of_a_payment_is_its_context_whatever_its_attributes_are_called() -> None:
    random = Random(2)
    paths = (
        "a",
        "a/b",
        "a/b/c",
        "b",
        "b/",
        "/x",
        "amount_minor",
        "channel/name",
        "c/d/e/f/g/h/i/j/k",
    )
    for _ in range(SEEDS):
        some = random.sample(paths, random.randrange(len(paths)))
        past = a_past("ORD-1", attributes={path: random.randrange(9) for path in some})
        other = a_past("ORD-2", attributes={"a": 1} if random.random() < 0.5 else {})
        (block,) = packed([past, other])
        columns = sorted((path, it.unpacked()) for path, it in block.block.columns.items())
        for row, each in enumerate((past, other)):
            said = [(path, values[row]) for path, values in columns if values[row] is not None]
            assert said == sorted(leaves(each.context())), some
