"""What a use case says of its bulk action; previews, and what of them still holds."""

from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

from payops_contracts.money import Money
from payops_kernel.errors import Invalid, NotFound, PayOpsError
from payops_kernel.ports import CommandContext, Work

NAMED_MAX = 100
"""How many rows a refusal names; it counts the rest."""


class TooManyRows(Invalid):
    """More rows are chosen than the action takes."""

    code = "too_large"


class PreviewNotFound(NotFound):
    """The preview is not there, not this caller's, or too old."""

    code = "preview_not_found"


class SetChanged(PayOpsError):
    """The rows changed since the preview."""

    code = "set_changed"
    status = 409

    def __init__(self, rows: str, changes: "Difference") -> None:
        super().__init__(
            f"With {len(changes.gone)} it can no longer be done, and of {len(changes.changed)} the "
            "amount is another. Make a new preview, or send accept_removals=true to go on without "
            "them.",
            gone=list(changes.gone[:NAMED_MAX]),
            gone_total=len(changes.gone),
            changed=list(changes.changed[:NAMED_MAX]),
            changed_total=len(changes.changed),
        )
        self.title = f"The {rows} changed since the preview"


class NothingChosen(PayOpsError):
    """The preview promises nothing, or nothing that can still be done."""

    code = "nothing_chosen"
    title = "There is nothing to do"
    status = 409


class Candidate(NamedTuple):
    """A chosen row as it is now."""

    key: str
    """As people name it."""
    money: Money | None
    """What the action would be about, if it is about money."""
    refusal: str | None
    """Why it cannot be done with this row; None when it can."""


class PreviewRow(NamedTuple):
    """A row of which a preview promises something."""

    key: str
    money: Money | None


class Difference(NamedTuple):
    """What changed between preview and confirmation, by key."""

    gone: tuple[str, ...]
    """With which it cannot be done any more."""
    changed: tuple[str, ...]
    """Whose amount is another now."""


class Preview(NamedTuple):
    """What a bulk action would do now."""

    rows: tuple[PreviewRow, ...]
    refused: Mapping[str, int]
    """With how many chosen rows it cannot be done, by reason."""
    named: Mapping[str, Sequence[str]] = MappingProxyType({})
    """The first of them by key, as far as they are known."""

    @property
    def chosen(self) -> int:
        """How many rows were chosen."""
        return len(self.rows) + sum(self.refused.values())

    @property
    def sums(self) -> list[Money]:
        """What it is about, a sum a currency."""
        sums: dict[str, int] = defaultdict(int)
        for amount_minor, currency in (row.money for row in self.rows if row.money):
            sums[currency] += amount_minor
        return [Money(sums[currency], currency) for currency in sorted(sums)]

    def difference(self, before: Sequence[PreviewRow]) -> Difference:
        """How rows that were previewed before stand now."""
        now = dict(self.rows)
        changed = [row.key for row in before if now.get(row.key, row.money) != row.money]
        return Difference(tuple(row.key for row in before if row.key not in now), tuple(changed))


class BulkAction(ABC):
    """One kind of bulk action. A use case derives from :class:`WorkAction` or
    :class:`IndependentAction`.
    """

    kind: ClassVar[str]
    """Of its jobs; the codes of its refusals begin with it."""
    audited: ClassVar[str]
    """The action of the audit record of a confirmation."""
    row_name: ClassVar[str]
    """What a row is, such as ``order``."""
    rows_max: ClassVar[int]
    takes: ClassVar[str]
    """How a refusal of too many begins, such as ``One bulk cancel takes {:,} orders``."""

    def result(self, job_id: str, counts: Mapping[str, int]) -> Mapping[str, Any]:
        """What a job answers for, of its rows by outcome."""
        return {}

    def preview(self, candidates: Sequence[Candidate], unknown: int) -> Preview:
        """What would be done with candidates; ``unknown``: chosen ids that nobody knows.

        Raises :class:`TooManyRows`.
        """
        if len(candidates) > self.rows_max:
            raise self.coded(TooManyRows(f"{self.takes.format(self.rows_max)}; narrow the filter."))
        refused = Counter(each.refusal for each in candidates if each.refusal is not None)
        if unknown:
            refused[f"There is no {self.row_name} with this ID."] = unknown
        named: dict[str, list[str]] = defaultdict(list)
        for key, _, refusal in candidates:
            if refusal is not None and len(named[refusal]) < NAMED_MAX:
                named[refusal].append(key)
        rows = (PreviewRow(each.key, each.money) for each in candidates if each.refusal is None)
        return Preview(tuple(rows), refused, named)

    def confirmed(
        self, before: Sequence[PreviewRow], now: Preview, accept_removals: bool
    ) -> list[PreviewRow]:
        """The previewed rows that still hold; raises :class:`SetChanged` unless that is all of
        them or ``accept_removals``, and :class:`NothingChosen` when it is none.
        """
        changes = now.difference(before)
        away = {*changes.gone, *changes.changed}
        if away and not accept_removals:
            raise self.coded(SetChanged(f"{self.row_name}s", changes))
        kept = [row for row in before if row.key not in away]
        if not kept:
            none_left = f"Of the previewed {self.row_name}s none is left to do it with."
            raise self.coded(NothingChosen(none_left))
        return kept

    def coded(self, refusal: PayOpsError) -> PayOpsError:
        """A refusal under a code of this action's own."""
        refusal.code = f"{self.kind.replace('-', '_')}_{refusal.code}"
        return refusal


class WorkAction(BulkAction):
    """An action whose rows share transactions; each is done over its previewed amount."""

    @abstractmethod
    async def do(self, work: Work, key: str, amount_minor: int | None) -> Mapping[str, Any]:
        """Do it with one row, within ``work``; what the row made. Raises the row's refusal."""


class IndependentAction(BulkAction):
    """An action whose rows take transactions of their own, and happen once however often tried."""

    rows_at_once: ClassVar[int]

    @abstractmethod
    async def do(self, context: CommandContext, key: str) -> Mapping[str, Any]:
        """Do it with one row; what the row made. Raises the row's refusal."""
