"""What happened to a batch, as moments: its own steps, and the first and the last result."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from backoffice.components.timeline import Moment
from backoffice.formatting.chips import BATCH, UNKNOWN, Family, Look
from backoffice.formatting.instants import read_instant
from backoffice.words import Words, word
from payops_contracts.debit_batches import BatchHistoryEvent as Event
from payops_contracts.debit_batches import BatchStatus
from payops_contracts.labels import BATCH_EVENT, label
from payops_contracts.money import format_money

LOOKS: Mapping[str, Look] = {
    Event.DRAFTED: Look(Family.OFF, "package-plus"),
    Event.SEALED: BATCH[BatchStatus.SEALED],
    Event.SUBMITTING: BATCH[BatchStatus.SUBMITTING],
    Event.SUBMITTED: BATCH[BatchStatus.SUBMITTED],
    Event.ACKNOWLEDGED: Look(Family.MOVING, "inbox"),
    Event.PROCESSED: BATCH[BatchStatus.PROCESSED],
    Event.CANCELLED: BATCH[BatchStatus.CANCELLED],
    Event.UNANSWERED: Look(Family.CARE, "circle-question-mark"),
    Event.EVENT_CONTRADICTED: Look(Family.CARE, "triangle-alert"),
}
RESULTS = Look(Family.MOVING, "circle-dot")
FIRST, LAST = word("First result"), word("Last result until now")
OUR_SOURCE = "/payops/billing-debits"
UPSTREAM, SYSTEM = word("upstream"), word("system")
STAGES = {
    Event.DRAFTED: "drafted",
    Event.SEALED: "sealed",
    Event.SUBMITTED: "submitted",
}
"""Steps after which a batch holds something else."""

Detail = Mapping[str, Any]


def moments(detail: Detail, words: Words) -> list[Moment]:
    """Newest first."""
    told = [_moment(row, detail, words) for row in detail["history"]]
    return sorted([*told, *_results(detail, words)], key=_at, reverse=True)


def _at(moment: Moment) -> datetime:
    return moment.at


def _moment(row: Detail, detail: Detail, words: Words) -> Moment:
    source = "" if row["actor"] or row["cause"] == OUR_SOURCE else row["cause"]
    who = row["actor"] or words(UPSTREAM if source else SYSTEM)
    held = detail[STAGES[row["event"]]] if row["event"] in STAGES else None
    status, said = row["status_label"], row["note"] or ""
    more = [words(status), who, words(said)]
    return Moment(
        at=read_instant(row["at"]),
        what=words(label(BATCH_EVENT, row["event"])),
        look=LOOKS.get(row["event"], UNKNOWN),
        amount=_amount(held, detail, words) if held else None,
        more=[part for part in more if part],
        source=source,
        minor=not row["applied"] and row["event"] != Event.EVENT_CONTRADICTED,
    )


def _amount(held: Detail, detail: Detail, words: Words) -> str:
    return format_money(held["total_minor"], detail["currency"], words.language)


def _results(detail: Detail, words: Words) -> Iterator[Moment]:
    progress = detail["progress"]
    first, last = progress["first_result_at"], progress["last_result_at"]
    if first is not None:
        yield Moment(read_instant(first), words(FIRST), RESULTS)
    if last is not None and last != first:
        yield Moment(read_instant(last), words(LAST), RESULTS)
