"""A bulk refund: what is left of each chosen transaction, previewed, then confirmed as it was."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from transactions.domain.refundability import refusal, remaining

BULK_ROWS_MAX = 50_000


class Candidate(NamedTuple):
    """What a bulk refund needs to know of a transaction; amounts in minor units."""

    transaction_id: str
    status: str
    provider: str
    method: str
    currency: str
    amount_minor: int
    refunded_minor: int
    lost_minor: int
    in_flight_minor: int
    open_disputes: int

    @property
    def available_minor(self) -> int:
        """What may still be requested."""
        left = remaining(self.status, self.amount_minor, self.refunded_minor, self.lost_minor)
        return max(0, left - self.in_flight_minor)

    @property
    def refusal(self) -> str | None:
        """Why it cannot be refunded now; None when it can."""
        return refusal(
            status=self.status,
            provider=self.provider,
            method=self.method,
            open_disputes=self.open_disputes,
            available_minor=self.available_minor,
        )


class PreviewRow(NamedTuple):
    """One refund that a preview promises."""

    transaction_id: str
    available_minor: int
    currency: str


class Preview(NamedTuple):
    """What a bulk refund would do now."""

    rows: tuple[PreviewRow, ...]
    refused: Mapping[str, int]
    """How many chosen transactions cannot be refunded, by reason."""
    chosen: int

    @property
    def sums_minor(self) -> dict[str, int]:
        """What would be refunded, by currency."""
        sums: dict[str, int] = defaultdict(int)
        for row in self.rows:
            sums[row.currency] += row.available_minor
        return dict(sums)


class Difference(NamedTuple):
    """What changed between preview and confirmation."""

    gone: tuple[str, ...]
    """Transactions that cannot be refunded any more."""
    changed: tuple[str, ...]
    """Transactions of which another amount is left."""

    def __bool__(self) -> bool:
        return bool(self.gone or self.changed)


def preview(candidates: Iterable[Candidate]) -> Preview:
    """The whole remainder of every candidate that can be refunded."""
    rows: list[PreviewRow] = []
    refused: Counter[str] = Counter()
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
