"""Which charges a new batch takes, and why others are left out: pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from billing_debits.domain.batch import Plan, Total
from billing_debits.domain.policies import ELIGIBLE_BEFORE
from payops_contracts.charges import ChargeType, Rail
from payops_contracts.ids import BatchCode, ChargeId
from payops_contracts.money import MAX_SUM_MINOR

UNDER_WAY = "A debit of it is under way, or its outcome is not known."
OVER = "Over the amount limit."
NOT_OPEN = "It is not open any more."


class Chosen(NamedTuple):
    """What a batch is to be made of; nothing said means all that is due."""

    types: frozenset[ChargeType] = frozenset()
    cycles: frozenset[str] = frozenset()
    rails: frozenset[Rail] = frozenset()
    currency: str | None = None
    retries_only: bool = False
    """Only charges whose retry is due, and none for the first time."""
    limit_minor: int | None = None
    """The most that a currency's and rail's batch may hold, oldest charge first."""
    charge_ids: tuple[ChargeId, ...] = ()
    """These and no others, when there are any."""


class Waiting(NamedTuple):
    """A charge as far as building a batch needs to know it."""

    charge_id: ChargeId
    created_at: datetime
    type: ChargeType
    amount_minor: int
    currency: str
    rail: Rail
    open: bool
    """Pending or Temp rejected."""
    batch: BatchCode | None
    collect_at: datetime | None
    """From when it may be debited; None while it may not."""


class Look(NamedTuple):
    """A charge, and why it is left out; None when it is taken."""

    charge: Waiting
    refusal: str | None


def look(
    waiting: Iterable[Waiting],
    limit_minor: int | None,
    now: datetime,
    shown_day: Callable[[datetime], str],
) -> list[Look]:
    """Of each charge whether it is taken, oldest first."""
    most = MAX_SUM_MINOR if limit_minor is None else limit_minor
    sums: dict[tuple[str, Rail], int] = defaultdict(int)
    looks: list[Look] = []
    for charge in sorted(waiting, key=lambda each: (each.created_at, each.charge_id)):
        refusal = _refusal(charge, now, shown_day)
        kind = (charge.currency, charge.rail)
        if refusal is None and sums[kind] + charge.amount_minor > most:
            refusal = OVER
        if refusal is None:
            sums[kind] += charge.amount_minor
        looks.append(Look(charge, refusal))
    return looks


def _refusal(charge: Waiting, now: datetime, shown_day: Callable[[datetime], str]) -> str | None:
    if not charge.open:
        return NOT_OPEN
    if charge.batch is not None:
        return f"It is in batch {charge.batch}."
    if charge.collect_at is None:
        return UNDER_WAY
    if charge.collect_at > now + ELIGIBLE_BEFORE:
        return f"Its next retry is due on {shown_day(charge.collect_at)}."
    return None


class NewBatch(NamedTuple):
    """One batch to be made, with the charges that it is to take, in the order of their ids."""

    plan: Plan
    ids: Sequence[ChargeId]


def batches_of(charges: Iterable[Waiting], piece: int) -> list[NewBatch]:
    """One batch a currency and rail; ``piece`` charges are taken in at once."""
    groups: dict[tuple[str, Rail], list[Waiting]] = defaultdict(list)
    for charge in charges:
        groups[charge.currency, charge.rail].append(charge)
    made: list[NewBatch] = []
    for (currency, rail), members in sorted(groups.items()):
        total = Total()
        for each in members:
            total = total.plus(each.type, each.amount_minor)
        ids = sorted(each.charge_id for each in members)
        made.append(NewBatch(Plan(currency, rail, total, -(-len(ids) // piece)), ids))
    return made


def code_for(now: datetime, taken: frozenset[str]) -> BatchCode:
    """``MB-YYMMDD-HHMM`` of UTC; ``-2``, ``-3`` … behind it when there is one of that minute."""
    stem = stem_for(now)
    number = 1
    while (code := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return BatchCode(code)


def stem_for(now: datetime) -> str:
    """What codes of this minute begin with."""
    return f"MB-{now:%y%m%d-%H%M}"
