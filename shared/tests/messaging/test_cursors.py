"""The cursor: each record once and in order, whatever polls bring; another log is refused."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payops_kernel.messaging.cursors import Cursor, Verdict
from payops_kernel.messaging.positions import Anchor, Position
from payops_kernel.messaging.records import Record

STEPS_MAX = 2_000


def record(offset: int, value: bytes = b"x", timestamp: int = 5) -> Record:
    return Record("t", 0, offset, timestamp, None, value, ())


def position_after(last: Record) -> Position:
    return Position(last.offset + 1, Anchor.of(last))


def test_a_first_start_takes_what_lies_at_the_start_of_the_log() -> None:
    cursor = Cursor.at(Position(7, None), log_start=7)
    assert cursor.seek_to == 7
    selection = cursor.select([record(7), record(8)])
    assert selection.verdict is Verdict.APPLY
    assert [r.offset for r in selection.records] == [7, 8]


def test_after_a_restart_the_record_applied_last_is_seen_again_and_not_taken_again() -> None:
    cursor = Cursor.at(position_after(record(7)), log_start=0)
    assert cursor.seek_to == 7
    selection = cursor.select([record(7), record(8)])
    assert selection.verdict is Verdict.APPLY
    assert [r.offset for r in selection.records] == [8]


def test_a_gap_at_the_start_of_a_poll_is_looked_at_again_and_one_behind_it_is_not() -> None:
    cursor = Cursor.at(Position(3, None), log_start=0)
    first = cursor.select([record(5)])
    assert (first.verdict, first.seek_to) == (Verdict.SEEK, 3)
    cursor.polled_anew()
    assert cursor.select([record(5)]).verdict is Verdict.APPLY
    cursor.applied(6)
    assert cursor.select([record(8)]).verdict is Verdict.APPLY  # polled behind it, in order
    cursor.applied(9)
    cursor.polled_anew()
    assert cursor.select([record(11)]).verdict is Verdict.SEEK


def test_what_was_passed_over_is_no_gap_and_never_comes_again() -> None:
    cursor = Cursor.at(position_after(record(7)), log_start=0)
    assert cursor.select([record(7)]).verdict is Verdict.WAIT
    cursor.passed(12)
    assert cursor.select([record(12)]).verdict is Verdict.APPLY
    assert cursor.select([record(11)]).verdict is Verdict.REPOSITION


def test_the_anchor_alone_in_a_poll_is_waited_with() -> None:
    cursor = Cursor.at(position_after(record(7)), log_start=0)
    assert cursor.select([record(7)]).verdict is Verdict.WAIT
    assert cursor.select([record(8)]).verdict is Verdict.APPLY


@pytest.mark.parametrize("other", [record(7, b"y"), record(7, timestamp=6)])
def test_another_record_where_the_last_one_lay_is_refused(other: Record) -> None:
    cursor = Cursor.at(position_after(record(7)), log_start=0)
    selection = cursor.select([other, record(8)])
    assert selection.verdict is Verdict.REFUSE
    assert "another record lies at offset 7" in selection.reason


@pytest.mark.parametrize("polls", [[[5, 6, 7, 8, 9]], [[5], [6, 7]], [[5], [8, 9]], [[6, 9]]])
def test_a_record_where_none_lay_when_it_was_passed_over_is_refused(polls: list[list[int]]) -> None:
    cursor = Cursor.at(Position(9, Anchor.of(record(5))), log_start=0)
    seen = [cursor.select([record(offset) for offset in poll]) for poll in polls]
    assert seen[-1].verdict is Verdict.REFUSE
    assert "where there was none before" in seen[-1].reason
    assert not any(selection.records for selection in seen)


def test_behind_what_was_passed_over_it_goes_on_and_what_was_applied_since_may_come_again() -> None:
    cursor = Cursor.at(Position(9, Anchor.of(record(5))), log_start=0)
    selection = cursor.select([record(4), record(5), record(9), record(10)])
    assert selection.verdict is Verdict.APPLY
    assert [r.offset for r in selection.records] == [9, 10]
    cursor.applied(11)
    assert cursor.select([record(9)]).verdict is Verdict.REPOSITION


@pytest.mark.parametrize(
    ("offsets", "some"), [([3, 4, 5], False), ([4, 5], True), ([3, 5], True), ([3], False)]
)
def test_what_records_leave_out_is_seen_before_them_and_between_them(
    offsets: list[int], some: bool
) -> None:
    cursor = Cursor.at(Position(3, None), log_start=0)
    assert cursor.leaves_out_some([record(offset) for offset in offsets]) is some


def test_an_anchor_that_is_gone_is_refused_when_a_second_look_finds_nothing_either() -> None:
    cursor = Cursor.at(position_after(record(7)), log_start=0)
    first = cursor.select([record(8)])
    assert (first.verdict, first.seek_to) == (Verdict.SEEK, 7)
    assert cursor.select([record(8)]).verdict is Verdict.REFUSE


def test_an_anchor_that_retention_removed_is_not_waited_for() -> None:
    cursor = Cursor.at(position_after(record(7)), log_start=8)
    assert cursor.seek_to == 8
    assert cursor.select([record(8)]).verdict is Verdict.APPLY


def test_a_gap_is_looked_at_twice_and_then_taken_for_a_legal_one() -> None:
    cursor = Cursor.at(Position(3, None), log_start=0)
    first = cursor.select([record(5)])
    assert (first.verdict, first.seek_to) == (Verdict.SEEK, 3)
    assert cursor.select([record(5)]).verdict is Verdict.APPLY


def test_records_from_before_the_cursor_make_it_look_at_the_log_again() -> None:
    cursor = Cursor.at(Position(3, None), log_start=0)
    assert cursor.select([record(0)]).verdict is Verdict.REPOSITION


class Course:
    """A consumer, its log and its stored position, driven by chance."""

    def __init__(self, offsets: set[int], seed: int) -> None:
        self.chance = random.Random(seed)
        self.log = [record(offset, value=b"%d" % offset) for offset in sorted(offsets)]
        self.stored = Position(self.log[0].offset, None)
        self.applied: list[int] = []
        self.restart()

    def restart(self) -> None:
        """A restart or a rebalance: position anew; one poll may be older than the seek."""
        self.cursor = Cursor.at(self.stored, self.log[0].offset)
        self.fetch_at = self.cursor.seek_to
        self.maybe_stale = True

    def poll(self) -> list[Record]:
        stale = self.maybe_stale and self.chance.random() < 0.5
        self.maybe_stale = False
        start = self.chance.randrange(62) if stale else self.fetch_at
        polled = [r for r in self.log if r.offset >= start][: self.chance.randrange(1, 6)]
        if polled and not stale:
            self.fetch_at = polled[-1].offset + 1
        return polled

    def take(self, polled: list[Record]) -> None:
        selection = self.cursor.select(polled)
        match selection.verdict:
            case Verdict.APPLY:
                self.applied += [r.offset for r in selection.records]
                self.stored = position_after(selection.records[-1])
                self.cursor.applied(self.stored.next)
                self.fetch_at = self.stored.next
            case Verdict.SEEK:
                self.fetch_at = selection.seek_to
            case Verdict.REPOSITION:
                self.restart()
            case Verdict.REFUSE:
                raise AssertionError(selection.reason)
            case Verdict.WAIT:
                pass


@given(
    offsets=st.sets(st.integers(0, 60), min_size=1, max_size=40),
    seed=st.integers(0, 10_000),
)
def test_any_course_of_polls_stale_fetches_and_restarts_applies_each_record_once_in_order(
    offsets: set[int], seed: int
) -> None:
    course = Course(offsets, seed)
    for _ in range(STEPS_MAX):
        if course.chance.random() < 0.1:
            course.restart()
        polled = course.poll()
        if polled:
            course.take(polled)
        elif len(course.applied) == len(course.log):
            break
    assert course.applied == sorted(offsets)
