"""The live line: events a second, lag and failures, from what the services say."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from payops_local.console import Console
from payops_local.simulator.playing_notice import Played, PlayingNotice
from payops_local.supervising.health import Health, HealthWatch


class StatusLine:
    """Rewrites the live line after each round of answers, and says when readiness changes."""

    def __init__(
        self,
        console: Console,
        watch: HealthWatch,
        clock: Callable[[], float] = time.monotonic,
        history: PlayingNotice | None = None,
    ) -> None:
        self._console = console
        self._watch = watch
        self._clock = clock
        self._seen_looks = 0
        self._before: tuple[float, dict[str, int]] = (clock(), {})
        self._unready: dict[str, str] = {}
        self._history = history or PlayingNotice()
        self._played: Played | None = None

    def refresh(self, restarts: int) -> None:
        """Show the newest answers, if there are any newer than last time."""
        if self._watch.looks == self._seen_looks:
            return
        self._seen_looks = self._watch.looks
        answers = self._watch.latest
        self._say_changes(answers)
        self._look_at_history()
        self._console.show(self._line(answers, restarts))

    def _line(self, answers: Mapping[str, Health | None], restarts: int) -> str:
        rates = self._rates(answers)
        known = [answer for answer in answers.values() if answer is not None]
        # Troubles first: a narrow terminal cuts the end.
        parts = [f"! {name} not ready" for name in self._unready]
        if self._played is not None:
            parts.append(f"history {self._played.told:,} of {self._played.total:,} days")
        parts += [f"{name} {rate:,.0f}/s" for name, rate in rates.items()]
        parts.append(f"lag {sum(sum(each.lag.values()) for each in known):,}")
        dead = sum(each.dead_letters_total for each in known)
        parts.append(f"{dead:,} dead letters, {restarts} restarts")
        return " · ".join(parts)

    def _look_at_history(self) -> None:
        before, self._played = self._played, self._history.read()
        if before is None and self._played is not None:
            self._console.say(
                "The simulator is telling the demo's past: "
                f"{self._played.told:,} of {self._played.total:,} days"
            )
        if before is not None and self._played is None:
            self._console.say(f"The demo's past is complete: {before.total:,} days")

    def _rates(self, answers: Mapping[str, Health | None]) -> dict[str, float]:
        now = self._clock()
        then, before = self._before
        totals = {
            name: answer.events_total
            for name, answer in answers.items()
            if answer is not None and (answer.lag or answer.events_total)
        }
        self._before = (now, totals)
        passed_s = max(now - then, 0.001)
        # A service that started anew counts from zero again.
        return {
            name: max(total - before.get(name, total), 0) / passed_s
            for name, total in totals.items()
        }

    def _say_changes(self, answers: Mapping[str, Health | None]) -> None:
        unready = {name: _why(each) for name, each in answers.items() if not (each and each.ready)}
        for name, why in unready.items():
            if self._unready.get(name) != why:
                self._console.say(f"{name} is not ready: {why}")
        for name in self._unready.keys() - unready.keys():
            self._console.say(f"{name} is ready again")
        self._unready = unready


def _why(answer: Health | None) -> str:
    if answer is None:
        return "it does not answer"
    return " ".join(answer.reasons) or "it does not say why"
