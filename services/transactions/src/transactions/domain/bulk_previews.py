"""A bulk action: what it would do with each chosen transaction, and whether that still holds."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

UNKNOWN = "There is no transaction with this ID."


class Candidate(Protocol):
    """A chosen transaction as it is now; amounts in minor units of its currency."""

    @property
    def transaction_id(self) -> str:
        """The ID that people see."""
        ...

    @property
    def currency(self) -> str:
        """ISO 4217."""
        ...

    @property
    def available_minor(self) -> int:
        """The amount that the action is about."""
        ...

    @property
    def refusal(self) -> str | None:
        """Why the action cannot be done with it now; None when it can."""
        ...


class PreviewRow(NamedTuple):
    """One transaction of which a preview promises something."""

    transaction_id: str
    available_minor: int
    currency: str


class Preview(NamedTuple):
    """What a bulk action would do now."""

    rows: tuple[PreviewRow, ...]
    refused: Mapping[str, int]
    """With how many chosen transactions it cannot be done, by reason."""
    chosen: int

    @property
    def sums_minor(self) -> dict[str, int]:
        """The amounts that it is about, by currency."""
        sums: dict[str, int] = defaultdict(int)
        for row in self.rows:
            sums[row.currency] += row.available_minor
        return dict(sums)


class Difference(NamedTuple):
    """What changed between preview and confirmation."""

    gone: tuple[str, ...]
    """Transactions with which it cannot be done any more."""
    changed: tuple[str, ...]
    """Transactions whose amount is another now."""

    def __bool__(self) -> bool:
        return bool(self.gone or self.changed)


def preview(candidates: Iterable[Candidate], unknown: int = 0) -> Preview:
    """Every candidate with which it can be done; ``unknown``: chosen ids that nobody knows."""
    rows: list[PreviewRow] = []
    refused: Counter[str] = Counter({UNKNOWN: unknown} if unknown else {})
    for candidate in candidates:
        reason = candidate.refusal
        if reason is None:
            rows.append(
                PreviewRow(candidate.transaction_id, candidate.available_minor, candidate.currency)
            )
        else:
            refused[reason] += 1
    return Preview(tuple(rows), dict(refused), len(rows) + sum(refused.values()))


def difference(before: Iterable[PreviewRow], now: Preview) -> Difference:
    """How the previewed set stands now."""
    available = {row.transaction_id: row.available_minor for row in now.rows}
    gone, changed = [], []
    for row in before:
        left = available.get(row.transaction_id)
        if left is None:
            gone.append(row.transaction_id)
        elif left != row.available_minor:
            changed.append(row.transaction_id)
    return Difference(tuple(gone), tuple(changed))
