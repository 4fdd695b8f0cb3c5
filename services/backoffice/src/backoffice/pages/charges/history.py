"""What happened to a charge, or to one debit of it, as moments."""

from collections.abc import Iterable, Mapping
from typing import Any

from backoffice.components.timeline import Moment
from backoffice.formatting.chips import ATTEMPT, CHARGE, UNKNOWN, Family, Look
from backoffice.formatting.instants import read_instant
from backoffice.words import Words, word
from payops_contracts.charges import AttemptStatus, ChargeStatus
from payops_contracts.charges import ChargeHistoryEvent as Event
from payops_contracts.labels import CHARGE_EVENT, label
from payops_contracts.money import format_money

LOOKS: Mapping[str, Look] = {
    Event.RAISED: CHARGE[ChargeStatus.PENDING],
    Event.SUBMITTED: ATTEMPT[AttemptStatus.SUBMITTED],
    Event.ASKED_AGAIN: ATTEMPT[AttemptStatus.SUBMITTED],
    Event.SUCCEEDED: ATTEMPT[AttemptStatus.FINALIZED],
    Event.FAILED: Look(Family.BAD, "x"),
    Event.REVERSED: ATTEMPT[AttemptStatus.REVERSED],
    Event.UNANSWERED: ATTEMPT[AttemptStatus.UNKNOWN],
    Event.WITHDRAWN: CHARGE[ChargeStatus.WITHDRAWN],
    Event.SETTLED: CHARGE[ChargeStatus.WITHDRAWN],
    Event.BATCHED: Look(Family.OFF, "package-plus"),
    Event.UNBATCHED: Look(Family.OFF, "package-minus"),
    Event.EXCEPTION_OWNED: Look(Family.OFF, "user-check"),
    Event.EXCEPTION_RESOLVED: Look(Family.GOOD, "circle-check"),
    Event.EXCEPTION_OWNED: Look(Family.MOVING, "user-round"),
    Event.EVENT_CONTRADICTED: Look(Family.CARE, "triangle-alert"),
}
OUR_SOURCE = "/payops/billing-debits"
UPSTREAM, SYSTEM = word("upstream"), word("system")
ASKED_FOR, WENT_BACK = word("Asked for"), word("Went back")
ASKS = frozenset({Event.RAISED, Event.SUBMITTED, Event.ASKED_AGAIN})
"""What is asked for, and has not moved."""


def moments(
    rows: Iterable[Mapping[str, Any]], money: Mapping[str, Any], words: Words
) -> list[Moment]:
    """Rows of a history, newest first; ``money`` has the charge's amount and currency."""
    return [_moment(row, money, words) for row in rows]


def _moment(row: Mapping[str, Any], money: Mapping[str, Any], words: Words) -> Moment:
    minor, note = _moved(row, money)
    source = "" if row["actor"] or row["cause"] == OUR_SOURCE else row["cause"]
    status, said = row["status_label"], row["note"] or ""
    more = [words(status), row["actor"] or words(UPSTREAM if source else SYSTEM), words(said)]
    return Moment(
        at=read_instant(row["at"]),
        what=words(label(CHARGE_EVENT, row["event"])),
        look=LOOKS.get(row["event"], UNKNOWN),
        amount=None if minor is None else format_money(minor, money["currency"], words.language),
        amount_note=note and words(note),
        more=[part for part in more if part],
        source=source,
        minor=not row["applied"] and row["event"] != Event.EVENT_CONTRADICTED,
    )


def _moved(row: Mapping[str, Any], money: Mapping[str, Any]) -> tuple[int | None, str | None]:
    if row["collected_minor"] is not None:
        return row["collected_minor"], None
    if row["reversed_minor"] is not None:
        return -row["reversed_minor"], WENT_BACK
    if row["applied"] and row["event"] in ASKS:
        return money["amount_minor"], ASKED_FOR
    return None, None
