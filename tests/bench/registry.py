"""Every measurement, in the order in which they run.

Named by its module, which is imported when it runs: against an older commit one that does not fit
its sources leaves the others whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from bench.context import Bench


@dataclass(frozen=True)
class Measurement:
    """One measurement and the seconds that it may take in the short and the full mode."""

    name: str
    title: str
    module: str
    short_limit_s: float
    full_limit_s: float

    async def measure(self, bench: Bench) -> None:
        """Measure it; raises ``ImportError`` where its sources are not there."""
        await import_module(f"bench.measures.{self.module}").measure(bench)

    def limit_s(self, *, short: bool) -> float:
        """Its limit, in the short mode or not."""
        return self.short_limit_s if short else self.full_limit_s


MEASUREMENTS: tuple[Measurement, ...] = (
    Measurement("raw-kafka", "Raw limits: Kafka", "raw_kafka", 30, 120),
    Measurement(
        "raw-transactions", "Raw limits: MongoDB transactions", "raw_transactions", 60, 400
    ),
    Measurement("raw-small", "Raw limits: small transactions", "raw_small_transactions", 20, 90),
    Measurement("baseline", "Baseline", "plain_handler", 30, 120),
    Measurement("transactions", "Transactions pipeline", "transactions_pipeline", 60, 240),
    Measurement("relay", "Relay alone", "relay_alone", 40, 180),
    Measurement("charges", "Charges pipeline", "charges_pipeline", 60, 240),
    Measurement("batches", "Debit batches", "batches_pipeline", 60, 240),
    Measurement("retries", "Due retries", "due_retries", 60, 240),
    Measurement("charges-list", "List of charges", "charges_list", 75, 420),
    Measurement("subscriptions", "Subscriptions that fall due", "subscriptions_due", 45, 240),
    Measurement("rules", "Checkout rules in process", "rules_in_process", 30, 30),
    Measurement("evaluations", "Checkout rules over HTTP", "rules_over_http", 60, 120),
    Measurement("simulation", "Checkout rules on stored payments", "rules_stored", 60, 120),
    Measurement("analytics", "Analytics pipeline", "analytics_pipeline", 45, 180),
    Measurement("list", "List and detail", "lists", 75, 420),
    Measurement("pages", "Page with a list", "pages_list", 75, 420),
    Measurement("exports", "Exports", "exports", 60, 300),
    Measurement("refunds", "Refunds, one by one", "refund_commands", 45, 90),
    Measurement("bulk", "Refunds in bulk", "bulk_refund", 45, 120),
    Measurement("live", "Live: streams of what changes", "live", 90, 180),
    Measurement("platform", "Platform: start-up, idle, upstream to KPI", "platform_up", 70, 300),
)
