"""The values that payments are told apart by, each a line; the smallest ones together."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from analytics.domain.payment_facts import NOTHING, PaymentTotals

Key = tuple[str | None, ...]
"""A value, and behind it a day where sums are by day."""
Totals = Mapping[Key, PaymentTotals]

LINES_MAX = 50


@dataclass(slots=True)
class Line:
    """What one value has."""

    value: str | None
    is_others: bool = False
    """Whether it is all values behind the first :data:`LINES_MAX`."""
    total: PaymentTotals = NOTHING
    before: PaymentTotals = NOTHING
    """Of the period before."""
    by_day: dict[str | None, PaymentTotals] = field(default_factory=dict)

    def add(self, other: "Line") -> None:
        """Take another line's payments in."""
        self.total, self.before = self.total.plus(other.total), self.before.plus(other.before)
        for day, totals in other.by_day.items():
            self.by_day[day] = self.by_day.get(day, NOTHING).plus(totals)


def lines_of(now: Totals, before: Totals, most: int = LINES_MAX) -> list[Line]:
    """A line a value of either period, the largest amount first; they hold every payment."""
    lines: dict[str | None, Line] = {}
    for key, totals in now.items():
        line = lines.setdefault(key[0], Line(key[0]))
        line.total = line.total.plus(totals)
        if len(key) > 1:
            line.by_day[key[1]] = totals
    for key, totals in before.items():
        lines.setdefault(key[0], Line(key[0])).before = totals
    ranked = sorted(lines.values(), key=_rank)
    if len(ranked) <= most:
        return ranked
    others = Line(None, is_others=True)
    for line in ranked[most:]:
        others.add(line)
    return [*ranked[:most], others]


def _rank(line: Line) -> tuple[int, int, int, str]:
    total = line.total
    return -total.amount_minor, -total.payments, -line.before.amount_minor, line.value or ""
