"""`python -m payops_local.simulator`: runs until SIGTERM or Ctrl-C; settings by `PAYOPS_*`."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from payops_contracts.subscriptions import BillingMode
from payops_contracts.topics import (
    DEBIT_COMMANDS,
    PAYMENT_COMMANDS,
    UPSTREAM_BATCH_RESULTS,
    UPSTREAM_BILLING_CYCLES,
    UPSTREAM_CHARGES,
    UPSTREAM_DEBIT_RESULTS,
    UPSTREAM_PAYMENTS,
    UPSTREAM_SUBSCRIPTIONS,
)
from payops_kernel.auth.principals import UserRole
from payops_kernel.logging import configure_logging, get_logger
from payops_kernel.mongo.transactions import retry_delay
from payops_local.console import complain
from payops_local.driven_clock import DrivenClock
from payops_local.errors import PlatformError
from payops_local.event_publisher import EventPublisher
from payops_local.simulator.aftermath import Aftermath
from payops_local.simulator.charges import ChargeScenario
from payops_local.simulator.checkout import ANSWER_LIMIT_S, Checkout
from payops_local.simulator.checkout_seeding import keep_seeding
from payops_local.simulator.commands import Desk, read_commands
from payops_local.simulator.customers import Customers
from payops_local.simulator.debits import Asked, DebitScenario, DebitShares
from payops_local.simulator.driven_past import DrivenPast
from payops_local.simulator.ends import Ends, read_ends
from payops_local.simulator.hub import TICK_S, Hub, tell, wait
from payops_local.simulator.members import Members
from payops_local.simulator.payment_desk import PaymentAsked, PaymentDesk
from payops_local.simulator.payments import PaymentScenario
from payops_local.simulator.playing import Stage, play
from payops_local.simulator.playing_notice import PlayingNotice
from payops_local.simulator.readers import Readers
from payops_local.simulator.refunds import RefundScenario, RefundShares
from payops_local.simulator.responder import Responder
from payops_local.simulator.scenarios import Scenario
from payops_local.simulator.seeded_user import SeededUser
from payops_local.simulator.settings import SimulatorSettings
from payops_local.simulator.subscription_requests import RequestScenario, RequestShares
from payops_local.simulator.subscription_stream import SubscriptionScenario
from payops_local.simulator.subscription_words import BILLING
from payops_local.simulator.told_until import Told
from payops_local.simulator.words import Weighted

PATIENCE_S = 5.0
"""How long one try to publish a chunk may take before the stop signal is looked at again."""

log = get_logger(__name__)


TOPICS = (
    UPSTREAM_BILLING_CYCLES,
    UPSTREAM_PAYMENTS,
    UPSTREAM_SUBSCRIPTIONS,
    UPSTREAM_BATCH_RESULTS,
    UPSTREAM_CHARGES,
    UPSTREAM_DEBIT_RESULTS,
    PAYMENT_COMMANDS,
    DEBIT_COMMANDS,
)


def scenarios(settings: SimulatorSettings, start: float) -> dict[str, Scenario]:
    """Everything that happens at this hub; a name keeps its timelines for ever."""
    seed, (rate, lasts_s) = settings.simulator_seed, settings.stream
    customers, end = Customers(seed, settings.simulator_customers), start + lasts_s
    aftermath = Aftermath(seed, settings.simulator_external_refund, settings.simulator_dispute)
    members, zone = Members(customers, seed), ZoneInfo(settings.zone)
    payments = PaymentScenario(customers, rate, seed, aftermath, end)
    # A restart forgets those of the stream: beside a history PayOps bills them, who does not.
    billing = Weighted.of({BillingMode.HUB: 1.0}) if settings.simulator_history_days else BILLING
    return {
        "payments": payments,
        "charges": ChargeScenario(members, settings.charge_rate, seed, zone, end),
        "subscriptions": SubscriptionScenario(
            customers, payments, settings.subscription_rate, zone, billing, end
        ),
    }


def payment_responder(settings: SimulatorSettings) -> Responder[PaymentAsked]:
    """Where commands about payments are answered."""
    seed = settings.simulator_seed
    refunds = RefundShares(
        failed=settings.simulator_refund_failed,
        pending=settings.simulator_refund_pending,
        late=settings.simulator_refund_late,
        silent=settings.simulator_refund_silent,
        twice=settings.simulator_refund_twice,
        returned=settings.simulator_refund_returned,
        late_seconds=settings.simulator_refund_late_s,
    )
    requests = RequestShares(
        failed=settings.simulator_subscription_failed,
        pending=settings.simulator_subscription_pending,
        late=settings.simulator_subscription_late,
        lost=settings.simulator_subscription_lost,
        twice=settings.simulator_subscription_twice,
        late_seconds=settings.simulator_subscription_late_s,
    )
    customers = Customers(seed, settings.simulator_customers)
    desk = PaymentDesk(RefundScenario(seed, refunds), RequestScenario(seed, customers, requests))
    return Responder(desk)


def debit_responder(settings: SimulatorSettings) -> Responder[Asked]:
    """Where debit commands are answered."""
    shares = DebitShares(
        soft=settings.simulator_debit_soft,
        hard=settings.simulator_debit_hard,
        late=settings.simulator_debit_late,
        lost=settings.simulator_debit_lost,
        twice=settings.simulator_debit_twice,
        contradicted=settings.simulator_debit_contradicted,
        reversed=settings.simulator_debit_reversed,
        late_seconds=settings.simulator_debit_late_s,
    )
    return Responder(DebitScenario(settings.simulator_seed, shares))


def desks(settings: SimulatorSettings) -> tuple[Desk, ...]:
    """Where PayOps' commands are taken, by their topics."""
    payments, debits = payment_responder(settings), debit_responder(settings)
    return (
        Desk(PAYMENT_COMMANDS, "simulated-provider", payments),
        Desk(DEBIT_COMMANDS, "simulated-debit-processor", debits),
    )


async def run(settings: SimulatorSettings, stopping: asyncio.Event) -> None:
    """Tell timelines and answer commands until ``stopping``, whether the broker is there or not."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    timelines, past = _publisher(settings), _publisher(settings)
    answers = [(desk, _publisher(settings)) for desk in desks(settings)]
    publishers = [timelines, past, *(publisher for _, publisher in answers)]
    try:
        for publisher in publishers:
            await _connected(publisher, stopping)
        start = settings.simulator_start
        start = round(time.time(), 3) if start is None else start
        told = settings.model_dump(mode="json", exclude={"kafka", "mongo"})
        log.info("simulator.started", start=start, **told)
        async with seeded_users(settings) as people, asyncio.TaskGroup() as tasks:
            stage = _stage(settings, past, stopping, people)
            if people is not None:
                tasks.create_task(keep_seeding(people.approver, stopping))
            if settings.simulator_history_days:
                clock = driven_clock(settings)
                begin = await _begin(settings, start, clock)
                tasks.create_task(play(settings.kafka, begin, stage))
                if clock is not None:
                    closes = people.approver if people else None
                    tasks.create_task(_drive(clock, past, answers, stage, closes))
            else:
                stage.noted.set()
            tasks.create_task(read_ends(settings.kafka, stage.ends, stopping))
            seed, withholds = settings.simulator_seed, stage.ends.withholds
            hub = Hub(scenarios(settings, start), seed, start, withholds)
            tasks.create_task(_tell_beside(hub, timelines, stage))
            for desk, publisher in answers:
                tasks.create_task(tell(desk.responder, publisher, stopping))
                tasks.create_task(read_commands(settings.kafka, desk, stopping))
    finally:
        for publisher in publishers:
            await publisher.close()
    events = timelines.published + past.published
    answered = sum(publisher.published for _, publisher in answers)
    log.info("simulator.stopped", events=events, answers=answered)


def _publisher(settings: SimulatorSettings) -> EventPublisher:
    return EventPublisher(settings.kafka, PATIENCE_S)


def driven_clock(settings: SimulatorSettings) -> DrivenClock | None:
    """The clock that is driven through the past, where there is one to be had."""
    if settings.mongo is None:
        return None
    return DrivenClock(settings.mongo, settings.database_prefix)


class People(NamedTuple):
    """Whom of the platform's seeded users the demo needs."""

    approver: SeededUser
    """Activates its checkout rules, and closes the cycles of its past."""
    operator: SeededUser
    """Asks the checkout rules for its shop."""


@asynccontextmanager
async def seeded_users(settings: SimulatorSettings) -> AsyncIterator[People | None]:
    """They, where it is known where they sign in."""
    if settings.simulator_gateway is None:
        yield None
        return
    gateway = str(settings.simulator_gateway)
    async with (
        SeededUser(gateway, UserRole.APPROVER) as approver,
        SeededUser(gateway, UserRole.OPERATOR, limit_s=ANSWER_LIMIT_S) as operator,
    ):
        yield People(approver, operator)


async def _drive(
    clock: DrivenClock,
    publisher: EventPublisher,
    answers: Sequence[tuple[Desk, EventPublisher]],
    stage: Stage,
    closes: SeededUser | None,
) -> None:
    """Play the days that PayOps collects itself, once the others are told."""
    try:
        while not (stage.past_told.done() or stage.stopping.is_set()):
            await wait(stage.stopping, TICK_S)
        if stage.past_told.done():
            processor = next(desk.responder for desk, _ in answers if desk.topic is DEBIT_COMMANDS)
            past = DrivenPast(clock, publisher, processor, stage, closes)
            await past.play(stage.past_told.result())
    finally:
        await clock.close()


async def _begin(settings: SimulatorSettings, start: float, clock: DrivenClock | None) -> Told:
    """A history of which nothing was told."""
    stands = None if clock is None else await clock.stands_at()
    return Told(
        driven_from=stands,
        seed=settings.simulator_seed,
        customers=settings.simulator_customers,
        zone=settings.zone,
        per_day=settings.simulator_history_per_day,
        days=settings.simulator_history_days,
        anchor=start,
        until=0.0,
    )


def _stage(
    settings: SimulatorSettings,
    publisher: EventPublisher,
    stopping: asyncio.Event,
    people: People | None,
) -> Stage:
    urls = tuple(str(url) for url in settings.simulator_readers)
    notice = PlayingNotice(settings.simulator_notice)
    checkout = Checkout(people.operator) if people else None
    return Stage(publisher, Readers(urls), notice, stopping, Ends(), checkout)


async def _tell_beside(hub: Hub, publisher: EventPublisher, stage: Stage) -> None:
    # Not before: a log that holds what this hub told would look like one that gets no past.
    await stage.noted.wait()
    await tell(hub, publisher, stage.stopping, checkout=stage.checkout)


async def _connected(publisher: EventPublisher, stopping: asyncio.Event) -> None:
    attempt = 0
    while not stopping.is_set():
        try:
            await publisher.start(*(topic.name for topic in TOPICS))
        except PlatformError as error:
            log.warning("simulator.waits", why=str(error))
            await asyncio.sleep(retry_delay(attempt))
            attempt += 1
        else:
            return


def main() -> int:
    """Exit code 0 after an orderly stop, 1 for settings that make no sense."""
    try:
        settings = SimulatorSettings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        complain(f"PAYOPS_{name} makes no sense: {first['msg']}.")
        return 1
    configure_logging("simulator", settings.log_level)

    async def run_until_told() -> None:
        await run(settings, asyncio.Event())

    asyncio.run(run_until_told())
    return 0


if __name__ == "__main__":
    sys.exit(main())
