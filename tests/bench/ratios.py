"""What the figures mean: ours beside the machine's limits and the baseline, with the aims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.results import Results


@dataclass(frozen=True)
class Aim:
    """A figure, or one divided by another, and the bound that it should keep."""

    key: str
    title: str
    figure: str
    divided_by: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    unit: str = "x"
    compared: bool = True
    """Whether one short turn says enough of it to compare commits by it."""

    def value(self, results: Results) -> float | None:
        """None when a figure behind it was not measured."""
        return self.of({key: figure.value for key, figure in results.figures.items()})

    def of(self, figures: Mapping[str, float]) -> float | None:
        """The same from figures by their keys."""
        value = figures.get(self.figure)
        if self.divided_by is None or value is None:
            return value
        below = figures.get(self.divided_by)
        return None if not below else value / below

    def met(self, value: float) -> bool | None:
        """None when there is no bound."""
        if self.at_least is not None:
            return value >= self.at_least
        if self.at_most is not None:
            return value <= self.at_most
        return None

    @property
    def bound(self) -> str:
        """The bound as text, empty when there is none."""
        if self.at_least is not None:
            return f"≥ {self.at_least:g} {self.unit}"
        return "" if self.at_most is None else f"≤ {self.at_most:g} {self.unit}"


RAW = "raw.transactions"
PLAIN = "baseline.plain_handler"

AIMS: tuple[Aim, ...] = (
    Aim("transactions_paused_of_raw", "transactions pipeline, relay paused ÷ raw transactions",
        "transactions.relay_paused", "raw.beside_relay_paused", at_least=0.60),
    Aim("transactions_running_of_raw", "transactions pipeline, relay running ÷ raw transactions",
        "transactions.relay_running", "raw.beside_relay_running", at_least=0.40),
    Aim("transactions_paused_of_plain", "transactions pipeline, relay paused ÷ plain handler",
        "transactions.relay_paused", PLAIN, at_least=40),
    Aim("transactions_running_of_plain", "transactions pipeline, relay running ÷ plain handler",
        "transactions.relay_running", PLAIN),
    Aim("charges_of_raw", "charges pipeline, relay paused ÷ raw transactions of charges",
        "charges.pipeline", "raw.beside_charges", at_least=0.45),
    Aim("sealed_of_raw", "charges taken into a batch ÷ raw transactions of them",
        "batches.sealed", "raw.beside_sealed", at_least=0.35),
    Aim("submitted_of_raw", "debits of a batch asked for ÷ raw transactions of them",
        "batches.submitted", "raw.beside_submitted", at_least=0.35),
    Aim("results_of_raw", "results of debits in a batch ÷ raw transactions of them",
        "batches.results", "raw.beside_results", at_least=0.4),
    Aim("due_retries_of_raw", "retries that are due ÷ raw transactions of them",
        "retries.due", "raw.beside_due_retries", at_least=0.35),
    Aim("charges_list_p99", "list of charges at 200 requests/s, p99",
        "charges.list_p99", at_most=25, unit="ms", compared=False),
    Aim("charges_list_refused", "list of charges: refused as too broad",
        "charges.list_refused", at_most=0, unit="% of requests", compared=False),
    Aim("subscriptions_of_raw", "payments of subscriptions asked for ÷ raw transactions of them",
        "subscriptions.requested", "raw.beside_requested", at_least=0.35),
    Aim("rules_single", "checkout rules: 50 of four conditions, one by one",
        "rules.single", at_least=300_000, unit="/s"),
    Aim("rules_batch", "checkout rules: in batches, without records",
        "rules.batch", at_least=1_000_000, unit="/s"),
    Aim("rules_simulated", "checkout rules: simulated on packed contexts",
        "rules.simulated", at_least=200_000, unit="/s"),
    Aim("rules_of_plain", "checkout rules one by one ÷ rule after rule",
        "rules.single", "raw.plain_rules", compared=False),
    Aim("rules_over_http", "checkout rules: single evaluations over HTTP",
        "rules.over_http", at_least=1_000, unit="/s"),
    Aim("rules_over_http_of_idle", "single evaluations over HTTP ÷ a route that does nothing",
        "rules.over_http", "raw.idle_route"),
    Aim("rules_from_rows", "checkout rules: simulated from stored rows",
        "rules.from_rows", at_least=60_000, unit="/s"),
    Aim("rules_from_blocks", "checkout rules: simulated from stored blocks",
        "rules.from_blocks", at_least=200_000, unit="/s"),
    Aim("analytics_of_raw", "analytics pipeline ÷ raw transactions",
        "analytics.pipeline", RAW, at_least=0.60),
    Aim("analytics_of_plain", "analytics pipeline ÷ plain handler",
        "analytics.pipeline", PLAIN, at_least=40),
    Aim("relay_of_raw", "relay alone ÷ raw publish of the same messages",
        "relay.alone", "raw.produce_in_turns", at_least=0.60),
    Aim("latency_p99", "upstream to KPI at 500 events/s, p99",
        "latency.p99", at_most=1_000, unit="ms", compared=False),
    Aim("list_p99", "list with three filters at 200 requests/s, p99",
        "list.p99", at_most=25, unit="ms", compared=False),
    Aim("list_refused", "list: refused as too broad", "list.refused",
        at_most=0, unit="% of requests", compared=False),
    Aim("list_capacity", "list of 50, three filters, pages a second of one process",
        "list.capacity", at_least=600, unit="pages/s"),
    Aim("deep_of_first", "page deep in the list ÷ first page",
        "list.deep_page", "list.first_page", at_most=1.25),
    Aim("detail_of_raw", "detail over HTTP ÷ raw read of one document",
        "detail.capacity", "raw.find_one"),
    Aim("page_p99", "page with a list of 50 at 20 requests/s, p99",
        "pages.p99", at_most=60, unit="ms", compared=False),
    Aim("page_of_rows", "page with a list ÷ its rows through motor, p99",
        "pages.p99", "raw.page_rows", compared=False),
    Aim("page_of_plain", "page with a list ÷ a FastAPI page that renders nothing, p99",
        "pages.p99", "raw.plain_page", compared=False),
    Aim("first_paint", "page with a list: first paint, nothing kept",
        "pages.first_paint", at_most=300, unit="ms", compared=False),
    Aim("first_paint_of_plain", "first paint ÷ that of a page with one heading",
        "pages.first_paint", "raw.plain_paint", compared=False),
    Aim("first_visit", "page with a list: transferred on the first visit",
        "pages.first_kb", at_most=200, unit="KB", compared=False),
    Aim("later_visit", "page with a list: transferred later",
        "pages.later_kb", at_most=20, unit="KB", compared=False),
    Aim("csv", "export as CSV, end to end", "exports.csv", at_least=40_000, unit="rows/s"),
    Aim("csv_of_raw", "export as CSV ÷ reading those rows",
        "exports.csv", "raw.read_rows"),
    Aim("xlsx", "export as XLSX, end to end", "exports.xlsx", at_least=20_000, unit="rows/s"),
    Aim("csv_first_byte", "export as CSV: first byte", "exports.first_byte",
        at_most=300, unit="ms", compared=False),
    Aim("csv_memory", "export as CSV: growth of memory", "exports.csv_memory",
        at_most=100, unit="MiB", compared=False),
    Aim("xlsx_memory", "export as XLSX: growth of memory", "exports.xlsx_memory",
        at_most=100, unit="MiB", compared=False),
    Aim("refunds_8", "single refunds, 8 at a time", "refunds.commands_8",
        at_least=450, unit="/s"),
    Aim("refunds_8_of_raw", "single refunds ÷ raw small transactions, 8 at a time",
        "refunds.commands_8", "raw.small_transactions_8", at_least=0.60),
    Aim("refunds_32", "single refunds, 32 at a time", "refunds.commands_32",
        at_least=450, unit="/s"),
    Aim("refunds_32_of_raw", "single refunds ÷ raw small transactions, 32 at a time",
        "refunds.commands_32", "raw.small_transactions_32", at_least=0.60),
    Aim("bulk", "bulk refund", "refunds.bulk", at_least=450, unit="rows/s"),
    Aim("bulk_of_raw", "bulk refund ÷ raw small transactions, 32 at a time",
        "refunds.bulk", "raw.small_transactions_32", at_least=0.60),
    Aim("live_p99", "streams: from publish to watcher, p99",
        "live.p99", at_most=2_000, unit="ms", compared=False),
    Aim("live_p99_of_raw", "streams: from publish to watcher ÷ the bare program's, p99",
        "live.p99", "raw.live_p99", at_most=1.25, compared=False),
    Aim("live_memory", "streams: the gateway's memory",
        "live.memory", at_most=150, unit="MiB", compared=False),
    Aim("start_later", "start-up, later ones", "platform.start_later",
        at_most=25, unit="s", compared=False),
    Aim("idle_own", "idle CPU of the platform's own processes together",
        "platform.idle_own", at_most=10, unit="% of a core", compared=False),
)  # fmt: skip
