"""Every measurement, in the order in which they run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bench.context import Bench
from bench.measures import (
    analytics_pipeline,
    bulk_refund,
    exports,
    lists,
    live,
    pages_list,
    plain_handler,
    platform_up,
    raw_kafka,
    raw_small_transactions,
    raw_transactions,
    refund_commands,
    relay_alone,
    transactions_pipeline,
)


@dataclass(frozen=True)
class Measurement:
    """One measurement and the seconds that it may take in the short and the full mode."""

    name: str
    title: str
    measure: Callable[[Bench], Awaitable[None]]
    short_limit_s: float
    full_limit_s: float

    def limit_s(self, *, short: bool) -> float:
        """Its limit, in the short mode or not."""
        return self.short_limit_s if short else self.full_limit_s


MEASUREMENTS: tuple[Measurement, ...] = (
    Measurement("raw-kafka", "Raw limits: Kafka", raw_kafka.measure, 30, 120),
    Measurement(
        "raw-transactions", "Raw limits: MongoDB transactions", raw_transactions.measure, 60, 400
    ),
    Measurement(
        "raw-small", "Raw limits: small transactions", raw_small_transactions.measure, 20, 90
    ),
    Measurement("baseline", "Baseline", plain_handler.measure, 30, 120),
    Measurement("transactions", "Transactions pipeline", transactions_pipeline.measure, 60, 240),
    Measurement("relay", "Relay alone", relay_alone.measure, 40, 180),
    Measurement("analytics", "Analytics pipeline", analytics_pipeline.measure, 45, 180),
    Measurement("list", "List and detail", lists.measure, 75, 420),
    Measurement("pages", "Page with a list", pages_list.measure, 75, 420),
    Measurement("exports", "Exports", exports.measure, 60, 300),
    Measurement("refunds", "Refunds, one by one", refund_commands.measure, 45, 90),
    Measurement("bulk", "Refunds in bulk", bulk_refund.measure, 45, 120),
    Measurement("live", "Live: streams of what changes", live.measure, 90, 180),
    Measurement(
        "platform", "Platform: start-up, idle, upstream to KPI", platform_up.measure, 70, 300
    ),
)
