"""The scenario of charges: settlement raises them, perhaps after a try of its own to collect, and
now and then withdraws one or hears that the member paid in another way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from math import inf
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from payops_contracts.charge_facts import InitialOutcome
from payops_contracts.charges import ChargeType
from payops_contracts.topics import UPSTREAM_CHARGES
from payops_local.simulator.billing import billed
from payops_local.simulator.charge_words import (
    HARD_DECLINES,
    SETTLEMENTS,
    SOFT_DECLINES,
    TYPES,
    WITHDRAWALS,
)
from payops_local.simulator.members import Member, Members
from payops_local.simulator.payments import run_name
from payops_local.simulator.rhythm import day_of
from payops_local.simulator.scenarios import Telling, event, instant_text

SOURCE = "urn:payops:simulator:settlement"
SUBMITTED_SECONDS = (1.0, 5.0)
ANSWERED_SECONDS = (2.0, 20.0)
"""How long after its begin settlement tries to collect, and how long until it knows."""
HARD = 0.25
"""Share of settlement's failed tries after which nothing is tried again."""
WITHDRAWN = 0.4
"""Share of the charges that end without being collected that were withdrawn; the others are settled
otherwise."""
TOLD_TWICE = 0.02
TWICE_WITHIN_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Course:
    """How charges go on behind raised, as shares of all."""

    tried: float
    """Settlement tried to collect before it raised them."""
    failed: float
    """Of those tried: it did not succeed."""
    ended: float
    """Of those neither collected by settlement nor declined for good: withdrawn or settled
    otherwise."""
    ended_seconds: tuple[float, float]
    """How long after it was raised that happens."""


LIVE = Course(tried=0.35, failed=0.5, ended=0.06, ended_seconds=(20.0, 900.0))


@dataclass(frozen=True, slots=True)
class ChargeScenario:
    """Charges at a rate until an instant. Seed and start are part of every id."""

    members: Members
    rate: float
    seed: int
    zone: ZoneInfo
    """Whose days a billing cycle begins and ends with."""
    end: float = inf

    def timelines(self, start: float, random: Random) -> Iterator[tuple[float, list[Telling]]]:
        """Every charge of the run that begins before the end; none at rate 0."""
        at, run = start, run_name(self.seed, start)
        numbers = count(1)
        while self.rate > 0 and (at := at + random.expovariate(self.rate)) < self.end:
            key, member = f"SIM-{run}-C{next(numbers):05d}", self.members.pick(random)
            yield at, self.tellings(key, TYPES.pick(random), member, at, LIVE, random)

    def tellings(
        self, key: str, kind: ChargeType, member: Member, at: float, course: Course, random: Random,
        cycle: str | None = None,
    ) -> list[Telling]:  # fmt: skip
        """All that is told of a charge of a member that begins then.

        Without a cycle, one at a cycle's end is of a member who leaves in the running one.
        """
        data = self._charge(key, kind, member, at, random, cycle)
        raised_at, collectable = at, True
        if random.random() < course.tried:
            tried_at = at + random.uniform(*SUBMITTED_SECONDS)
            raised_at = tried_at + random.uniform(*ANSWERED_SECONDS)
            failed, hard = random.random() < course.failed, random.random() < HARD
            data["initial_attempt"] = _tried(key, member, tried_at, failed, hard, random)
            collectable = failed and not hard
        tellings = [_telling("raised", key, 0, raised_at, data)]
        if random.random() < TOLD_TWICE:
            again = raised_at + random.uniform(0, TWICE_WITHIN_SECONDS)
            tellings.append(Telling(again, 0, UPSTREAM_CHARGES.name, tellings[0].event))
        if collectable and random.random() < course.ended:
            # Behind whatever is told twice: an end that comes first waits for its charge.
            ended_at = raised_at + random.uniform(*course.ended_seconds)
            tellings.append(_ended(key, ended_at, random))
        return sorted(tellings)

    def _charge(
        self, key: str, kind: ChargeType, member: Member, at: float, random: Random,
        cycle: str | None,
    ) -> dict[str, Any]:  # fmt: skip
        day = day_of(at, self.zone)
        data: dict[str, Any] = {
            "charge_id": key,
            "created_at": instant_text(at),
            "mpass_number": member.mpass_number,
            "user": member.user,
            "billing_code": f"BL-{day:%y%m%d}-{random.randrange(1_000_000):06d}",
            "type": kind,
            "currency": member.currency,
            "rail": member.rail,
            **billed(key, kind, at, member.currency, random),
        }
        if kind is ChargeType.END_OF_BILLING_CYCLE:
            data["billing_cycle_code"] = cycle or f"{day:%Y%m}01"
        return data


def last_cycle(day: date) -> str:
    """The billing cycle that had ended last by a day: the month before, by its first."""
    return f"{day.replace(day=1) - timedelta(days=1):%Y%m}01"


def _tried(
    key: str, member: Member, at: float, failed: bool, hard: bool, random: Random
) -> dict[str, Any]:
    tried: dict[str, Any] = {
        "debit_id": f"{key}-D0",
        "at": instant_text(at),
        "outcome": InitialOutcome.FAILED if failed else InitialOutcome.SUCCEEDED,
    }
    if failed:
        code, words = (HARD_DECLINES if hard else SOFT_DECLINES)[member.rail].pick(random)
        tried["failure"] = {"code": code} | ({"message": words} if words else {})
    return tried


def _ended(key: str, at: float, random: Random) -> Telling:
    if random.random() < WITHDRAWN:
        fact, reason = "withdrawn", WITHDRAWALS.pick(random)
    else:
        fact, reason = "settled", SETTLEMENTS.pick(random)
    return _telling(fact, key, 1, at, {"charge_id": key, "reason": reason})


def _telling(fact: str, key: str, number: int, at: float, data: dict[str, Any]) -> Telling:
    kind, event_id = f"upstream.charge.{fact}.v1", f"{key}:{fact}"
    said = event(kind, event_id, key, instant_text(at), data, SOURCE)
    return Telling(at, number, UPSTREAM_CHARGES.name, said)
