"""A responder: commands come in, answers go out, and it knows what is still open. Refunds and
debits have one each.

A command is settled when all its answers are on the broker; only then may its offset be committed,
so that a restart goes on with every answer that is still owed.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pydantic import ValidationError

from payops_kernel.logging import get_logger
from payops_local.simulator.hub import CHUNK_EVENTS
from payops_local.simulator.scenarios import Telling

KEYS_REMEMBERED = 100_000
OPEN_MAX = 50_000
"""Answers that may be owed at once; above it no more commands are read."""

log = get_logger(__name__)

Place = tuple[int, int]
"""Partition and offset of a command."""


class Command(Protocol):
    """What every command has."""

    @property
    def idempotency_key(self) -> str: ...


C = TypeVar("C", bound=Command)


class Answering(Protocol[C]):
    """Somebody who knows what becomes of the commands of one kind."""

    def read(self, value: bytes) -> C:
        """The command in a record; raises ``ValidationError`` for what is none."""
        ...

    def asked_for(self, command: C) -> tuple[str, int]:
        """What its key stands for: an id, and an amount in minor units."""
        ...

    def answers(self, command: C, first_at: float, asked_at: float) -> list[Telling]:
        """The answers to one asking, in their order, perhaps none.

        ``asked_at`` is later than ``first_at`` when the same is asked again. Both in seconds since
        1970.
        """
        ...


@dataclass(frozen=True, slots=True, order=True)
class _Owed:
    telling: Telling
    place: Place


class Responder(Generic[C]):
    """Satisfies ``Tells`` with the answers to the commands that it took."""

    def __init__(self, scenario: Answering[C]) -> None:
        self._scenario = scenario
        self._owed: list[_Owed] = []
        self._handed: list[Place] = []
        self._open: defaultdict[int, dict[int, int]] = defaultdict(dict)
        self._next: dict[int, int] = {}
        self.taken = 0
        """Commands that came, since it began."""
        self._known: OrderedDict[str, tuple[tuple[str, int], float]] = OrderedDict()

    @property
    def full(self) -> bool:
        """Whether it should take no more for now."""
        return len(self._owed) >= OPEN_MAX

    def take(self, place: Place, value: bytes | None, came_at: float) -> None:
        """One record of the commands' topic, written at ``came_at`` seconds since 1970."""
        partition, offset = place
        self.taken += 1
        self._next[partition] = offset + 1
        if offset in self._open[partition]:
            return  # it came again before it was settled
        tellings = self._answers(value, came_at)
        if tellings:
            self._open[partition][offset] = len(tellings)
        for telling in tellings:
            heapq.heappush(self._owed, _Owed(telling, place))

    def overdue(self, now: float) -> bool:
        """Whether an answer whose time has come is still owed."""
        return bool(self._owed) and self._owed[0].telling.at <= now

    def due(self, now: float) -> list[Telling]:
        """Answers whose time has come, however late that is."""
        tellings: list[Telling] = []
        self._handed = []
        while self._owed and self._owed[0].telling.at <= now and len(tellings) < CHUNK_EVENTS:
            owed = heapq.heappop(self._owed)
            tellings.append(owed.telling)
            self._handed.append(owed.place)
        return tellings

    def told(self) -> None:
        """What ``due`` gave is on the broker."""
        for partition, offset in self._handed:
            left = self._open[partition][offset] - 1
            if left:
                self._open[partition][offset] = left
            else:
                del self._open[partition][offset]
        self._handed = []

    def settled(self) -> dict[int, int]:
        """Partition → offset before which every command is settled."""
        return {
            partition: min(self._open[partition], default=following)
            for partition, following in self._next.items()
        }

    def _answers(self, value: bytes | None, came_at: float) -> list[Telling]:
        try:
            command = self._scenario.read(value or b"")
        except ValidationError as error:
            log.warning("simulator.command_ignored", errors=error.error_count())
            return []
        asked_for = self._scenario.asked_for(command)
        first, first_at = self._first(command.idempotency_key, asked_for, came_at)
        if first != asked_for:
            log.warning("simulator.key_of_another", asked_for=asked_for[0])
            return []
        return self._scenario.answers(command, first_at, came_at)

    def _first(
        self, key: str, asked_for: tuple[str, int], at: float
    ) -> tuple[tuple[str, int], float]:
        known = self._known.setdefault(key, (asked_for, at))
        if len(self._known) > KEYS_REMEMBERED:
            self._known.popitem(last=False)
        return known
