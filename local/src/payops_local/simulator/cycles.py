"""Settlement's billing cycles: each opens on the first of its month and ends on the next first,
once its charges are raised; then settlement says what it raised.

A month in which the platform itself ran has charges beside the history's own, of members who left:
its totals are not told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from payops_contracts.topics import UPSTREAM_BILLING_CYCLES
from payops_local.simulator.charges import SOURCE, last_cycle
from payops_local.simulator.past_charges import CYCLE_ENDS_HOURS, PastCharges
from payops_local.simulator.payments import run_name
from payops_local.simulator.scenarios import Story, Telling, event, instant_text

ENDED_HOURS = CYCLE_ENDS_HOURS[1] + 1
"""When, on the first of the next month, settlement ends a cycle: all its charges are raised."""


@dataclass(frozen=True, slots=True)
class PastCycles:
    """Cycles by day, from what the charges' days bring."""

    charges: PastCharges

    def stories(self, day: date) -> list[Story]:
        """On the first of a month, the last cycle's end and the new one's opening."""
        if day.day != 1:
            return []
        midnight = self.charges.rhythm.bounds(day)[0]
        return [(midnight, [self._opened(running_cycle(day), midnight)]), self._ended(day)]

    def begun(self, day: date, at: float) -> Story:
        """The cycle that runs on a day, for a history that begins in its midst."""
        return at, [self._opened(running_cycle(day), at)]

    def _ended(self, day: date) -> Story:
        code, at = last_cycle(day), self.charges.rhythm.bounds(day)[0] + 3_600 * ENDED_HOURS
        # Told again, for a history that did not see it open: the same event, known by its id.
        opened = self._opened(code, at)
        ended = self._telling("ended", code, 2, at, {})
        if at > self.charges.rhythm.anchor:
            return at, [opened, ended]
        totals = {"totals": _totals(self.charges.stories(day), code)}
        return at, [opened, self._telling("totals", code, 1, at, totals), ended]

    def _opened(self, code: str, told_at: float) -> Telling:
        first = date(int(code[:4]), int(code[4:6]), 1)
        opened_at = self.charges.rhythm.bounds(first)[0]
        return self._telling("opened", code, 0, opened_at, {}, told_at)

    def _telling(
        self, fact: str, code: str, number: int, at: float, data: dict[str, Any],
        told_at: float | None = None,
    ) -> Telling:  # fmt: skip
        run = run_name(self.charges.scenario.seed, self.charges.rhythm.anchor)
        said = event(
            f"upstream.billing-cycle.{fact}.v1",
            f"SIM-{run}-{code}:{fact}",
            code,
            instant_text(at),
            {"billing_cycle_code": code, **data},
            SOURCE,
        )
        told_at = at if told_at is None else told_at
        return Telling(told_at, number, UPSTREAM_BILLING_CYCLES.name, said)


def running_cycle(day: date) -> str:
    """The billing cycle of a day."""
    return f"{day:%Y%m}01"


def _totals(stories: Iterable[Story], code: str) -> list[dict[str, Any]]:
    """What was raised in a cycle, by currency."""
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for _, tellings in stories:
        data = tellings[0].event["data"]
        if data.get("billing_cycle_code") == code:
            for place, more in enumerate((1, data["amount_minor"], data["tax_minor"])):
                sums[data["currency"]][place] += more
    return [
        {"currency": currency, "charges": count, "charged_minor": charged, "tax_minor": tax}
        for currency, (count, charged, tax) in sorted(sums.items())
    ]
