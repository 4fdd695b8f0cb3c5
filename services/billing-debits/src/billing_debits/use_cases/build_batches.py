"""Build batches: a preview, its confirmation by a person, and what is due at the fixed times."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Protocol
from uuid import uuid4

from billing_debits.domain.batch import Batch, begin_submission, cancel, drafted
from billing_debits.domain.building import (
    Chosen,
    Look,
    NewBatch,
    Waiting,
    batches_of,
    code_for,
    look,
    stem_for,
)
from billing_debits.domain.policies import Rules
from billing_debits.use_cases.batch_work import PIECE_MAX
from payops_contracts.debit_batches import BATCH_CHARGES_MAX, BatchOrigin
from payops_contracts.ids import BatchCode
from payops_contracts.money import Money
from payops_kernel.bulk.action import (
    BulkAction,
    Candidate,
    Preview,
    PreviewNotFound,
    PreviewRow,
)
from payops_kernel.clock import Clock
from payops_kernel.ports import CommandAnswer, DueRow, Repository, Session, Work
from payops_kernel.zones import Zone

COLLECT = "collect-by-schedule"
"""The next fixed time: what is due by then goes into batches that submit themselves."""
NEXT = "next"
BEGINNING = datetime.fromtimestamp(0, UTC)


class FindsWaiting(Protocol):
    """Charges that wait to be debited."""

    async def chosen(self, chosen: Chosen, most: int) -> list[Waiting]:
        """Those that were chosen."""
        ...

    async def named(self, ids: Any) -> list[Waiting]:
        """Those with these ids."""
        ...


class KeepsBatchParts(Protocol):
    """Previews, pieces, numbers."""

    async def keep_preview(self, preview_id: str, owner: str, rows: Any) -> None: ...
    async def previewed(self, preview_id: str, owner: str) -> Any: ...
    async def add_pieces(self, code: BatchCode, ids: Sequence[str], session: Session) -> None: ...
    async def last_number(self, session: Session) -> int: ...
    async def give_out(self, last: int, number: int, session: Session) -> None: ...
    async def codes_like(self, stem: str, session: Session) -> set[str]: ...


class BatchBuilding(BulkAction):
    """What previews and confirmations of a batch say."""

    kind = "debit-batch"
    audited = "debit-batch.create"
    row_name = "charge"
    rows_max = BATCH_CHARGES_MAX
    takes = "One debit batch takes {:,} charges"


@dataclass(frozen=True, slots=True)
class PreviewedBatches:
    """What would be built now."""

    preview_id: str
    preview: Preview
    batches: Sequence[NewBatch]


class BuildBatches:
    """The use case behind ``POST /v1/debit-batches`` and its previews, and the fixed times."""

    def __init__(
        self,
        batches: Repository[Batch],
        waiting: FindsWaiting,
        parts: KeepsBatchParts,
        clock: Clock,
        zone: Zone,
    ) -> None:
        """Days are shown in ``zone``."""
        self._batches = batches
        self._waiting = waiting
        self._parts = parts
        self._clock = clock
        self._zone = zone
        self._action = BatchBuilding()

    async def preview(self, owner: str, chosen: Chosen) -> PreviewedBatches:
        """What would be built, kept for an hour under an id; raises ``TooManyRows``."""
        found = await self._waiting.chosen(chosen, BATCH_CHARGES_MAX + 1)
        looks = self._look(found, chosen.limit_minor)
        unknown = len(set(chosen.charge_ids)) - len(found) if chosen.charge_ids else 0
        preview = self._action.preview(_candidates(looks), unknown)
        preview_id = f"dbp-{uuid4().hex}"
        rows = [(key, money.amount_minor, money.currency) for key, money in preview.rows if money]
        await self._parts.keep_preview(preview_id, owner, rows)
        return PreviewedBatches(preview_id, preview, batches_of(_taken(looks), PIECE_MAX))

    async def confirm(
        self, work: Work, preview_id: str, accept_removals: bool, submit: bool
    ) -> CommandAnswer:
        """202 with the batches that are being built of what was previewed.

        Raises ``PreviewNotFound``, ``SetChanged`` or ``NothingChosen``.
        """
        actor = work.context.actor.subject
        kept = await self._parts.previewed(preview_id, actor)
        if kept is None:
            none = "There is no such preview of yours; previews live for an hour."
            raise self._action.coded(PreviewNotFound(none))
        before = [PreviewRow(each[0], Money(each[1], each[2])) for each in kept]
        looks = self._look(await self._waiting.named([row.key for row in before]), None)
        now = self._action.preview(_candidates(looks), 0)
        going = {row.key for row in self._action.confirmed(before, now, accept_removals)}
        members = [each for each in _taken(looks) if each.charge_id in going]
        made = await self._make(work, members, BatchOrigin.OPERATOR, submit, actor)
        for batch in made:
            work.audit(
                self._action.audited, "debit-batch", batch.code,
                after={
                    "count": batch.plan.drafted.count,
                    "total_minor": batch.plan.drafted.total_minor,
                    "currency": batch.plan.currency,
                    "submit_when_sealed": submit,
                },
            )  # fmt: skip
        left_out = len(before) - len(going)
        return CommandAnswer(HTTPStatus.ACCEPTED, _made_body(made, left_out))

    async def collect(self, work: Work) -> bool:
        """Put what is due into batches that submit themselves; whether more is left."""
        found = await self._waiting.chosen(Chosen(), BATCH_CHARGES_MAX)
        due = _taken(self._look(found, None))
        await self._make(work, due, BatchOrigin.SCHEDULE, True, None)
        return len(found) == BATCH_CHARGES_MAX and bool(due)

    def _look(self, waiting: Sequence[Waiting], limit_minor: int | None) -> list[Look]:
        return look(waiting, limit_minor, self._clock.now(), self._day)

    def _day(self, instant: datetime) -> str:
        return f"{self._zone.date_of(instant):%d %b %Y}"

    async def _make(
        self,
        work: Work,
        members: Sequence[Waiting],
        origin: BatchOrigin,
        submit: bool,
        actor: str | None,
    ) -> list[Batch]:
        new = batches_of(members, PIECE_MAX)
        if not new:
            return []
        parts, now = self._parts, work.now
        last = await work.read(parts.last_number)
        taken = await work.read(lambda session: parts.codes_like(stem_for(now), session))
        made: list[Batch] = []
        for plan, ids in new:
            code = code_for(now, frozenset(taken))
            taken.add(code)
            number = last + len(made) + 1
            batch = drafted(Batch(code, number, now, plan, origin, actor, submit))
            work.add(self._batches, code, batch)
            work.write(_adding_pieces(parts, code, ids))
            made.append(batch)
        work.write(lambda session: parts.give_out(last, last + len(made), session))
        return made


def _adding_pieces(parts: KeepsBatchParts, code: BatchCode, ids: Sequence[str]) -> Any:
    return lambda session: parts.add_pieces(code, ids, session)


def _candidates(looks: Sequence[Look]) -> list[Candidate]:
    return [
        Candidate(each.charge_id, Money(each.amount_minor, each.currency), refusal)
        for each, refusal in looks
    ]


def _taken(looks: Sequence[Look]) -> list[Waiting]:
    return [charge for charge, refusal in looks if refusal is None]


def _made_body(made: Sequence[Batch], left_out: int) -> dict[str, Any]:
    return {
        "batches": [
            {
                "batch_code": batch.code,
                "batch_id": batch.number,
                "currency": batch.plan.currency,
                "rail": batch.plan.rail,
                "count": batch.plan.drafted.count,
                "total_minor": batch.plan.drafted.total_minor,
            }
            for batch in made
        ],
        "left_out": left_out,
    }


class CollectBySchedule:
    """The due work behind the fixed times; it makes its next time due by itself."""

    def __init__(self, build: BuildBatches, rules: Callable[[], Rules]) -> None:
        self._build = build
        self._rules = rules

    async def __call__(self, work: Work, row: DueRow) -> None:
        """Once for all times that were missed; the first row only begins with the next time."""
        more = await self._build.collect(work) if row.due_at != BEGINNING else False
        next_at = self._rules().collection.next_at(work.now + timedelta(seconds=1))
        due_at = work.now if more else next_at
        work.schedule(DueRow(COLLECT, NEXT, due_at, {}, about=COLLECT))


class DecideBatch:
    """A person submits a sealed batch, or cancels one."""

    def __init__(self, batches: Repository[Batch]) -> None:
        self._batches = batches

    async def submit(self, work: Work, code: str) -> CommandAnswer:
        """202 with the batch; raises not found, or why it cannot be submitted."""
        batch = await work.load(self._batches, code)
        begin_submission(batch, work.context.actor.subject, work.now)
        work.save(batch)
        return self._answer(work, batch, "debit-batch.submit", {})

    async def cancel(self, work: Work, code: str) -> CommandAnswer:
        """202 with the batch; raises not found, or why it cannot be cancelled."""
        batch = await work.load(self._batches, code)
        cancel(batch, work.context.actor.subject, work.context.reason, work.now)
        work.save(batch)
        return self._answer(work, batch, "debit-batch.cancel", {"reason": work.context.reason})

    def _answer(
        self, work: Work, batch: Batch, action: str, after: Mapping[str, Any]
    ) -> CommandAnswer:
        work.audit(action, "debit-batch", batch.code, after={"status": batch.status, **after})
        body = {"batch_code": batch.code, "batch_id": batch.number, "status": batch.status}
        return CommandAnswer(HTTPStatus.ACCEPTED, body)
