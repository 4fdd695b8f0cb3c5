"""``./payops bench --against COMMIT``: this checkout and another commit, measured in turns.

Both sides run this checkout's benchmark code on the same broker and mongod, so that one ruler
measures both: a JVM, or a mongod, differs from the next one of its kind by more than what is looked
for. Services, kernel and contracts are each side's own. The order is ABBA, which favours nobody
when the pace drifts; a first round warms both up and does not count.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bench.comparing import Row, comparable_figures, rows_of
from bench.paired import Verdict

ROUNDS = 9
LIMIT_S = 1_150.0
"""No round begins that would not end by then, going by the longest so far."""
DEFAULT = ("transactions", "relay", "analytics", "list", "exports", "refunds", "bulk")
"""What people notice, and what has its raw limit in turns with it."""


SHOWN, WORSE, NOT_SHOWN = 0, 1, 2
"""Exit codes: that nothing is slower, that something is, or neither."""


class Measures(Protocol):
    """A side: measures by name."""

    def measure(self, measurement: str) -> tuple[dict[str, float], str]:
        """Its figures by key, and why there are none ("" when there are)."""


Round = tuple[dict[str, float], dict[str, float]]
"""All figures of one round: this side's, the other's."""


@dataclass
class Comparison:
    """What was found in all rounds."""

    rounds: list[Round] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    """By measurement and side: the last reason why a turn had no figures."""
    names: set[str] = field(default_factory=set)
    """Measurements that both sides could do at least once."""

    @property
    def rows(self) -> list[Row]:
        """A row a figure and ratio that both sides have."""
        return rows_of(self.rounds)

    def missing(self, wanted: Sequence[str]) -> dict[str, str]:
        """Why measurements have no pair at all."""
        return {
            side: why
            for side, why in self.failed.items()
            if side.split(" ")[0] in set(wanted) - self.names
        }

    def exit_code(self, wanted: Sequence[str]) -> int:
        """0 when all is no worse, 1 when something is worse or was never measured, else 2."""
        verdicts = {row.change.verdict for row in self.rows}
        if Verdict.WORSE in verdicts or self.missing(wanted):
            return WORSE
        return SHOWN if verdicts == {Verdict.NO_WORSE} and not self.failed else NOT_SHOWN


def compare(
    this: Measures,
    other: Measures,
    names: Sequence[str],
    rounds: int,
    *,
    limit_s: float = LIMIT_S,
    clock: Callable[[], float] = time.monotonic,
) -> Comparison:
    """So many rounds of a pair each, after one that does not count; fewer when time runs out."""
    began, longest = clock(), 0.0
    _say("round 0 warms up and does not count")
    _round(Comparison(), this, other, names, this_first=False)
    found = Comparison()
    for number in range(rounds):
        start = clock()
        if number and start - began + longest > limit_s:
            _say(f"the time is used up after {number} rounds")
            break
        # This one first in the first round, last in the second, and so on: A B B A.
        found.rounds.append(_round(found, this, other, names, this_first=number % 2 == 0))
        longest = max(longest, clock() - start)
        _say(f"round {number + 1} of {rounds} took {clock() - start:.0f} s")
    return found


def _round(
    found: Comparison, this: Measures, other: Measures, names: Sequence[str], *, this_first: bool
) -> Round:
    sides = [("this", this), ("other", other)]
    gathered: dict[str, dict[str, float]] = {"this": {}, "other": {}}
    for name in names:
        whole = True
        for title, side in sides if this_first else sides[::-1]:
            figures, failed = side.measure(name)
            gathered[title] |= figures
            if failed:
                whole = False
                found.failed[f"{name} ({title})"] = failed
            _say(f"{name}, {title}: {failed or comparable_figures(figures)}")
        if whole:
            found.names.add(name)
    return gathered["this"], gathered["other"]


def _say(text: str) -> None:
    sys.stderr.write(f"bench {time.strftime('%H:%M:%S')}  {text}\n")
    sys.stderr.flush()
