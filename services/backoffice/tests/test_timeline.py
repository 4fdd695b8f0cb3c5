"""Moments of one thing: by days of the reader's zone, minor ones folded."""

from datetime import UTC, datetime, timedelta

from backoffice.components.timeline import Moment, timeline
from backoffice.words import Words
from payops_kernel.zones import Zone

ROME = Zone("Europe/Rome")
NOW = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
"""Half past midnight on 3 March in Rome."""


def moment(what: str, hours_ago: float, minor: bool = False) -> Moment:
    return Moment(NOW - timedelta(hours=hours_ago), what, minor=minor)


def test_days_are_the_readers_and_the_last_two_have_names() -> None:
    moments = [moment("a", 0.2), moment("b", 1), moment("c", 24), moment("d", 25)]
    days = timeline(moments, ROME, NOW, Words("en"))
    assert [day.name for day in days] == ["Today", "Yesterday", "1 Mar 2026"]
    told = [[each.what for run in day.runs for each in run.moments] for day in days]
    assert told == [["a"], ["b", "c"], ["d"]]
    assert [day.name for day in timeline(moments, ROME, NOW, Words("it"))] == [
        "Oggi",
        "Ieri",
        "1 mar 2026",
    ]


def test_minor_moments_in_a_row_are_folded_and_a_single_one_is_not() -> None:
    moments = [
        moment("a", 1),
        moment("b", 2, minor=True),
        moment("c", 3),
        moment("d", 4, minor=True),
        moment("e", 5, minor=True),
    ]
    (day,) = timeline(moments, ROME, NOW, Words("en"))
    assert [(len(run.moments), run.folded) for run in day.runs] == [
        (1, False),
        (1, False),
        (1, False),
        (2, True),
    ]


def test_nothing_has_no_days() -> None:
    assert timeline([], ROME, NOW, Words("en")) == []
