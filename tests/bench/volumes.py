"""How much each mode measures: every count and duration of the benchmark in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Volumes:
    """One mode. Counts are events, messages or documents; durations are seconds."""

    mode: str
    limit_s: float
    """The whole run; a measurement that would begin later is left out, and named."""
    rounds: int
    """Noisy measurements take the median of so many rounds."""
    kafka_messages: int
    transaction_events: int
    """Events a round of the raw transactions."""
    best_only: bool
    """Repeat only the best combination of the raw transactions, not all nine."""
    known_best: bool
    """Take the combination that is known as the best, and try no other."""
    pipeline_events: int
    """Events a round of each pipeline."""
    due_rows: int
    """Retries that are due, of charges that are collected one by one."""
    plain_events: int
    relay_messages: int
    small_seconds: float
    stored_payments: int
    capacity_seconds: float
    list_seconds: float
    deep_rows: int
    """Rows of the list before the page that is compared with the first one."""
    refund_seconds: float
    """For each number of callers."""
    bulk_rows: int
    pages_seconds: float
    pages_visits: int
    """Times that somebody comes in a browser that has kept nothing."""
    live_streams: int
    live_seconds: float
    latency_seconds: float
    starts: int
    """How often the platform starts on one data folder; the first also formats Kafka."""
    settle_seconds: float
    """Between the platform's readiness and the look at its idle cost."""
    idle_seconds: float
    scaled: tuple[str, ...] = ()
    """What this mode does with less than the full one, as sentences."""


FULL = Volumes(
    mode="full",
    limit_s=1_500.0,
    rounds=3,
    kafka_messages=100_000,
    transaction_events=40_000,
    best_only=False,
    known_best=False,
    pipeline_events=40_000,
    due_rows=40_000,
    plain_events=3_000,
    relay_messages=200_000,
    small_seconds=5.0,
    stored_payments=1_000_000,
    capacity_seconds=15.0,
    list_seconds=60.0,
    deep_rows=200_000,
    refund_seconds=12.0,
    bulk_rows=10_000,
    pages_seconds=30.0,
    pages_visits=15,
    live_streams=1_000,
    live_seconds=30.0,
    latency_seconds=60.0,
    starts=2,
    settle_seconds=10.0,
    idle_seconds=30.0,
)
SHORT = Volumes(
    mode="short",
    limit_s=340.0,
    rounds=3,
    kafka_messages=30_000,
    transaction_events=15_000,
    best_only=True,
    known_best=False,
    pipeline_events=15_000,
    due_rows=15_000,
    plain_events=800,
    relay_messages=60_000,
    small_seconds=1.5,
    stored_payments=100_000,
    capacity_seconds=3.0,
    list_seconds=8.0,
    deep_rows=40_000,
    refund_seconds=3.0,
    bulk_rows=3_000,
    pages_seconds=8.0,
    pages_visits=5,
    live_streams=1_000,
    live_seconds=8.0,
    latency_seconds=8.0,
    starts=1,
    settle_seconds=3.0,
    idle_seconds=5.0,
    scaled=(
        "raw transactions: each of the nine combinations once, only the best one three times",
        "rounds of 15,000 events instead of 40,000, of 60,000 relayed messages instead of 200,000",
        "list: 100,000 stored payments instead of 1,000,000, for 8 s instead of 60 s",
        "the deep page behind 40,000 rows instead of 200,000",
        "exports of 100,000 payments instead of 1,000,000",
        "page with a list: 100,000 stored payments instead of 1,000,000, for 8 s instead of 30 s",
        "refunds for 3 s instead of 12 s a number of callers, in bulk 3,000 instead of 10,000",
        "1,000 streams for 8 s instead of 30 s",
        "latency for 8 s instead of 60 s, idle for 5 s instead of 30 s",
        "start-up once, on a new data folder; the later start is left out",
    ),
)
TURN = Volumes(
    mode="turn",
    limit_s=120.0,
    rounds=1,
    kafka_messages=20_000,
    transaction_events=16_000,
    best_only=True,
    known_best=True,
    pipeline_events=30_000,
    due_rows=16_000,
    plain_events=800,
    relay_messages=180_000,
    small_seconds=2.0,
    stored_payments=40_000,
    capacity_seconds=1.5,
    list_seconds=1.0,
    deep_rows=10_000,
    refund_seconds=1.5,
    bulk_rows=3_000,
    pages_seconds=3.0,
    pages_visits=2,
    live_streams=200,
    live_seconds=3.0,
    latency_seconds=8.0,
    starts=1,
    settle_seconds=3.0,
    idle_seconds=5.0,
)
"""A turn of a comparison: seconds each, for the pairs are many and neighbours."""
