"""One verification from end to end: rows, buckets, then what the gateway says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from payops_contracts.topics import (
    ANALYTICS_ON_CHARGES,
    ANALYTICS_ON_SUBSCRIPTIONS,
    ANALYTICS_ON_TRANSACTIONS,
    Subscription,
)
from payops_local.connections import Client, Database, PyMongoError, Session, database
from payops_local.errors import PlatformError
from payops_local.platform import Platform
from payops_local.verifying.answers import (
    Positions,
    Query,
    ask,
    ask_each,
    compare_answer,
    custom_windows,
    cuts,
    windows,
)
from payops_local.verifying.batches import Counted, compare_batches
from payops_local.verifying.buckets import compare_cells, compare_day_buckets, stored_cells
from payops_local.verifying.checkout import catalogue_not_obeyed, compare_rule_set
from payops_local.verifying.contexts import compare_contexts, contexts_behind
from payops_local.verifying.debit_answers import (
    EXPOSURE,
    REPEATED,
    compare_debit_answer,
    days_of,
)
from payops_local.verifying.debit_answers import OF_A_WINDOW as DEBIT_KPIS
from payops_local.verifying.debits import CHARGE_FACTS, Debits, compare_debits
from payops_local.verifying.debits import KPI as DEBITS
from payops_local.verifying.draining import Pipeline
from payops_local.verifying.findings import UNREADABLE, Findings
from payops_local.verifying.recount import Recount
from payops_local.verifying.rows import FACT_FIELDS, FACTS, Rows, compare_rows, still_behind
from payops_local.verifying.subscription_answers import (
    BY_DAY,
    BY_STATUS,
    compare_subscription_answer,
)
from payops_local.verifying.subscription_answers import days_of as days_of_subscriptions
from payops_local.verifying.subscriptions import KPI as SUBSCRIPTIONS
from payops_local.verifying.subscriptions import (
    SUBSCRIPTION_FACTS,
    Subscriptions,
    compare_subscriptions,
)

BEHIND_PATIENCE_S = 30.0
BEHIND_LOOK_S = 0.5
ANSWER_TRIES = 3


@dataclass(frozen=True, slots=True)
class Seen:
    """What one snapshot of all databases held."""

    rows: Rows
    positions: Positions
    """How much of `payops.transactions` analytics had counted."""
    buckets: int
    debits: Debits
    debit_positions: Positions
    """How much of `payops.charges` analytics had counted."""
    debit_buckets: int
    counted: Counted
    """What the charges say of batches and billing cycles."""
    subscriptions: Subscriptions
    subscription_positions: Positions
    """How much of `payops.subscriptions` analytics had counted."""
    subscription_buckets: int
    contexts_behind: Mapping[str, int]
    """Transaction id → version, where `checkout-rules` had no such context yet."""


C = TypeVar("C", Debits, Subscriptions)


@dataclass(frozen=True, slots=True)
class _Source(Generic[C]):
    """Facts whose answers are compared."""

    noun: str
    topic: Subscription
    facts: str
    anew: Callable[[], C]
    compare: Callable[[str, Mapping[str, Any], C, Findings], None]


class Verification:
    """Compares all that a platform stored and says about payments, debits and subscriptions."""

    def __init__(self, platform: Platform, client: Client) -> None:
        self._platform, self._client = platform, client
        self._transactions = database(client, platform.database("transactions"))
        self._analytics = database(client, platform.database("analytics"))
        self._billing = database(client, platform.database("billing-debits"))
        self._subscriptions = database(client, platform.database("subscriptions"))
        self._rules = database(client, platform.database("checkout-rules"))
        self.findings = Findings()

    async def stored(self) -> Seen:
        """Rows against facts, buckets against facts, in one snapshot of all of them."""
        try:
            async with self._client.start_session(snapshot=True) as session:
                rows = Rows(Recount(ZoneInfo(self._platform.zone)))
                await compare_rows(
                    self._transactions, self._analytics, session, rows, self.findings
                )
                cells = await stored_cells(self._analytics, session, self.findings)
                positions = await _positions(self._analytics, session)
                debits = Debits(ZoneInfo(self._platform.zone))
                await compare_debits(self._billing, self._analytics, session, debits, self.findings)
                debit_buckets = await self._compare_buckets(session, DEBITS, debits)
                debit_positions = await _positions(self._analytics, session, ANALYTICS_ON_CHARGES)
                counted = await compare_batches(self._billing, session, self.findings)
                await compare_rule_set(self._rules, session, self.findings)
                contexts = await compare_contexts(
                    self._transactions, self._rules, session, self.findings
                )
                ours = Subscriptions(ZoneInfo(self._platform.zone))
                await compare_subscriptions(
                    self._subscriptions, self._analytics, session, ours, self.findings
                )
                our_buckets = await self._compare_buckets(session, SUBSCRIPTIONS, ours)
                our_positions = await _positions(
                    self._analytics, session, ANALYTICS_ON_SUBSCRIPTIONS
                )
        except PyMongoError as error:
            raise PlatformError(
                f"MongoDB stopped answering while it was read ({str(error)[:200]}): run this again."
            ) from error
        compare_cells(cells, rows.recount.cells, self.findings)
        return Seen(
            rows,
            positions,
            sum(not cell.by for cell in cells),
            debits,
            debit_positions,
            debit_buckets,
            counted,
            ours,
            our_positions,
            our_buckets,
            contexts,
        )

    async def _compare_buckets(
        self, session: Session, kpi: str, seen: Debits | Subscriptions
    ) -> int:
        return await compare_day_buckets(
            self._analytics, session, kpi, seen.counts, seen.amounts, self.findings
        )

    async def latecomers(self, seen: Seen, pipeline: Pipeline) -> None:
        """Wait for the facts that were behind; name those that stay so."""
        for behind, facts, noun in (
            (seen.rows.behind, FACTS, "transaction"),
            (seen.debits.behind, CHARGE_FACTS, "charge"),
            (seen.subscriptions.behind, SUBSCRIPTION_FACTS, "subscription"),
        ):
            look = partial(still_behind, self._analytics, facts=facts, noun=noun)
            await self._wait_for(dict(behind), look, pipeline)
        look = partial(contexts_behind, self._transactions, self._rules)
        await self._wait_for(dict(seen.contexts_behind), look, pipeline)
        await self._wait_for_catalogue()

    async def _wait_for_catalogue(self) -> None:
        end = time.monotonic() + BEHIND_PATIENCE_S
        while sentence := await catalogue_not_obeyed(self._rules, self._transactions):
            if time.monotonic() > end:
                self.findings.differ(sentence)
                return
            await asyncio.sleep(BEHIND_LOOK_S)

    async def _wait_for(
        self,
        behind: dict[str, int],
        look: Callable[[Mapping[str, int]], Awaitable[Mapping[str, str]]],
        pipeline: Pipeline,
    ) -> None:
        end = time.monotonic() + BEHIND_PATIENCE_S
        while behind:
            # Seen before the other look: what is drained now is in it.
            drained = (await pipeline.look()).empty
            sentences = await look(behind)
            behind = {key: behind[key] for key in sentences}
            if behind and (drained or time.monotonic() > end):
                for sentence in sentences.values():
                    self.findings.differ(sentence)
                return
            if behind:
                await asyncio.sleep(BEHIND_LOOK_S)

    async def debit_answers(self, seen: Seen) -> int:
        """The gateway's KPIs of debits against the facts; how many answers were compared."""
        asked: list[tuple[str, Query]] = [(EXPOSURE, {})]
        for query in windows(days_of(seen.debits)):
            asked += [(path, query) for path in (*DEBIT_KPIS, REPEATED)]

        def anew() -> Debits:
            return Debits(ZoneInfo(self._platform.zone))

        source = _Source("charges", ANALYTICS_ON_CHARGES, CHARGE_FACTS, anew, compare_debit_answer)
        return await self._compare_asked(asked, seen.debits, seen.debit_positions, source)

    async def subscription_answers(self, seen: Seen) -> int:
        """The gateway's KPIs of subscriptions against the facts; how many were compared."""
        asked: list[tuple[str, Query]] = [(BY_STATUS, {})]
        asked += [(BY_DAY, query) for query in windows(days_of_subscriptions(seen.subscriptions))]

        def anew() -> Subscriptions:
            return Subscriptions(ZoneInfo(self._platform.zone))

        source = _Source(
            "subscriptions", ANALYTICS_ON_SUBSCRIPTIONS, SUBSCRIPTION_FACTS, anew,
            compare_subscription_answer,
        )  # fmt: skip
        return await self._compare_asked(
            asked, seen.subscriptions, seen.subscription_positions, source
        )

    async def _compare_asked(
        self, left: list[tuple[str, Query]], counted: C, positions: Positions, source: _Source[C]
    ) -> int:
        compared = 0
        for _ in range(ANSWER_TRIES):
            moved: list[tuple[str, Query]] = []
            for answer in await ask_each(self._platform, left):
                if answer.positions != positions:
                    moved.append((answer.path, answer.query))
                    continue
                with self.findings.comparing(f"the answer of {answer.path}"):
                    source.compare(answer.path, answer.body, counted, self.findings)
                compared += 1
            if not moved:
                return compared
            left = moved
            counted, positions = await self._recount_facts(source)
        self.findings.remarks.append(
            f"{source.noun} kept arriving: {len(left)} of the gateway's answers about them were "
            "not compared. Stop the traffic to compare all."
        )
        return compared

    async def _recount_facts(self, source: _Source[C]) -> tuple[C, Positions]:
        counted = source.anew()
        async with self._client.start_session(snapshot=True) as session:
            positions = await _positions(self._analytics, session, source.topic)
            async for fact in self._analytics[source.facts].find({}, session=session):
                with suppress(*UNREADABLE):  # named when the rows were compared
                    counted.add(fact)
        return counted, positions

    async def answers(self, seen: Seen) -> int:
        """The gateway's KPIs of payments against the facts; how many answers were compared."""
        recount, positions = seen.rows.recount, seen.positions
        compared = 0
        open_windows = windows(recount.days)
        for _ in range(ANSWER_TRIES):
            moved: list[dict[str, str]] = []
            answers = await ask(self._platform, open_windows)
            if cuts(answers):
                recount, positions = await self._recount(cuts(answers))
            for answer in answers:
                if answer.positions == positions:
                    with self.findings.comparing(f"the answer of {answer.path}"):
                        compare_answer(answer, recount, self.findings)
                    compared += 1
                elif (query := dict(answer.query) or {"window": "mtd"}) not in moved:
                    moved.append(query)  # today's is asked for with a month to date
            if not moved:
                return compared
            open_windows = moved
            recount, positions = await self._recount()
        return compared + await self._steady_answers(recount)

    async def _steady_answers(self, first: Recount) -> int:
        """While payments keep arriving: the days before those that move."""
        # A payment never goes back to where it was, so a day that counts the same before and
        # after the answers has not moved in between.
        before, _ = await self._recount()
        steady = before.days_before(first.moved_days(before))
        answers = await ask(self._platform, custom_windows(steady)) if steady else []
        after, _ = await self._recount(cuts(answers))
        if before.moved_days(after) & set(steady):
            steady, answers = [], []
        for answer in answers:
            with self.findings.comparing(f"the answer of {answer.path}"):
                compare_answer(answer, after, self.findings)
        until = f"up to {steady[-1]}, " if steady else ""
        self.findings.remarks.append(
            f"payments kept arriving: the gateway's KPIs were compared {until or 'for no day: '}"
            "the others moved meanwhile. Stop the traffic to compare all."
        )
        return len(answers)

    async def _recount(self, cuts: frozenset[datetime] = frozenset()) -> tuple[Recount, Positions]:
        recount = Recount(ZoneInfo(self._platform.zone), cuts)
        async with self._client.start_session(snapshot=True) as session:
            positions = await _positions(self._analytics, session)
            facts = self._analytics["payment_facts"].find(
                {}, dict.fromkeys(FACT_FIELDS, 1), session=session
            )
            async for fact in facts:
                with suppress(*UNREADABLE):  # named when the rows were compared
                    recount.add(fact)
        return recount, positions


async def _positions(
    analytics: Database, session: Session, source: Subscription = ANALYTICS_ON_TRANSACTIONS
) -> Positions:
    prefix = f"{source.group}/{source.topic.name}/"
    rows = analytics["positions"].find(
        {"_id": {"$regex": f"^{prefix.replace('.', '[.]')}"}},
        session=session,
    )
    return {int(row["_id"].removeprefix(prefix)): int(row["next"]) async for row in rows}
