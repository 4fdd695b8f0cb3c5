"""Is this process alive, is it ready, and how far behind is it.

Whoever does work in the process (a consumer, the relay, the database) adds one check:

    health.add("consumer upstream.payments", consumer.report)
    health.add("mongo", mongo.report)

A check takes nothing and gives a :class:`Report`, plainly or awaitable. It is called at every
``GET /health/ready``, all checks side by side, each within :data:`CHECK_TIMEOUT_S`. One that
raises or does not answer in time makes the process not ready and names the check; it must not
block the event loop. Reports are added up:

- ``reasons``: sentences; any of them makes the process not ready (503);
- ``notices``: sentences that are shown beside the reasons and leave it ready;
- ``consumers``: a row a topic and group; a ``refused`` row makes it not ready;
- ``outbox_pending``, ``events_total``, ``dead_letters_total``: summed over all checks;
- ``facts``: further members of the body, of a check's own.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from payops_kernel.logging import get_logger

CHECK_TIMEOUT_S = 2.0
"""A check that takes longer counts as failed."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ConsumerReport:
    """How a consumer group stands on one topic."""

    topic: str
    group: str
    lag: int
    """End of what is committed minus stored position, over all partitions that the topic has."""
    in_flight: int
    """Records fetched and not yet committed."""
    partitions: int = 0
    """Partitions that the broker says the topic has; 0 while that is unknown."""
    held: int = 0
    """Those of them that this process reads; other members of the group read the rest."""
    refused: str | None = None
    """Set when the consumer refuses the log: a sentence that names the operator's command."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one check found; the default says "fine, and nothing to add"."""

    reasons: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    consumers: tuple[ConsumerReport, ...] = ()
    outbox_pending: int = 0
    events_total: int = 0
    """Records applied since the process started."""
    dead_letters_total: int = 0
    """Records sent to dead-letter topics since the process started."""
    facts: Mapping[str, Any] = field(default_factory=dict)


Check = Callable[[], Report | Awaitable[Report]]


@dataclass(slots=True)
class ServiceHealth:
    """The checks of one process. ``service`` is its name, such as ``transactions``."""

    service: str
    stopping: bool = False
    """Readiness is off; set by :meth:`stop`."""
    given_up: str | None = None
    """Why the process cannot go on; set by :meth:`give_up`."""
    when_given_up: Callable[[], None] | None = None
    """Set by the server: ends the process in order, with an exit code that is not zero."""
    zone: str | None = None
    """The reporting zone that is set, for others to compare with theirs."""
    _checks: dict[str, Check] = field(default_factory=dict)
    _at_stop: list[Callable[[], None]] = field(default_factory=list)

    def add(self, name: str, check: Check) -> None:
        """Register a check; ``name`` is what a sentence about its failure calls it."""
        if name in self._checks:
            raise ValueError(f"a check named '{name}' is already there")
        self._checks[name] = check

    def when_stopping(self, call: Callable[[], None]) -> None:
        """Call this when the process begins to stop: what goes on without an end has to end."""
        self._at_stop.append(call)

    def stop(self) -> None:
        """Turn readiness off and end what has no end of its own; the server does so, once."""
        self.stopping = True
        for call in self._at_stop:
            call()

    def give_up(self, reason: str) -> None:
        """End the process in order with exit code 1, for its supervisor to start it afresh."""
        if self.given_up is None:
            log.error("health.given_up", reason=reason)
            self.given_up = reason
            if self.when_given_up is not None:
                self.when_given_up()

    async def ready(self) -> tuple[bool, dict[str, Any]]:
        """Whether the process is ready, and the body of ``/health/ready``."""
        reports = await asyncio.gather(
            *(_report(name, check) for name, check in self._checks.items())
        )
        reasons = [reason for report in reports for reason in report.reasons]
        consumers = [row for report in reports for row in report.consumers]
        reasons += [f"{row.topic}: {row.refused}" for row in consumers if row.refused]
        if self.stopping:
            reasons.append("The process is stopping.")
        if self.given_up is not None:
            reasons.append(self.given_up)
        return not reasons, {
            "service": self.service,
            "ready": not reasons,
            "reasons": reasons + [notice for report in reports for notice in report.notices],
            "consumers": consumers,
            "outbox_pending": sum(report.outbox_pending for report in reports),
            "events_total": sum(report.events_total for report in reports),
            "dead_letters_total": sum(report.dead_letters_total for report in reports),
            **({} if self.zone is None else {"zone": self.zone}),
            **{name: fact for report in reports for name, fact in report.facts.items()},
        }


async def _report(name: str, check: Check) -> Report:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            found = check()
            return await found if inspect.isawaitable(found) else found
    except TimeoutError:
        return Report(reasons=(f"{name} did not answer within {CHECK_TIMEOUT_S:g} s.",))
    except Exception as error:
        log.warning("health.check_failed", check=name, exc_info=True)
        return Report(reasons=(f"{name} failed ({type(error).__name__}).",))
