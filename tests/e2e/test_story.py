"""The story of the platform: real purchases in, the same cents out, whatever dies on the way."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest

from payops_local.simulator.checkout_words import DEMO_RULES
from payops_testing.e2e import purchases
from payops_testing.e2e.whole_platform import CALL_LIMIT_S, WholePlatform
from payops_testing.platforms import eventually

pytestmark = [pytest.mark.servers, pytest.mark.timeout(1_800)]

SERVICES = (
    *("transactions", "subscriptions", "checkout-rules", "billing-debits", "analytics"),
    *("gateway", "backoffice"),
)
ROWS_A_LOOK = 5
"""Few: a list counts to 10,000, and from there on no more arrive for who looks at its total."""
ROWS_AFTERWARDS = 1_000
WHOLE_FILE_ROWS = 3_000
BAD_LINES = ("no json at all", '{"specversion": "1.0"}')


def imported(platform: WholePlatform, file: Path) -> str:
    """Import a file; what the command says."""
    rejects = platform.data.parent / "rejects.csv"
    said = platform.call(
        "import", "payments", str(file), "--mapping", "cdnow", "--rejects", str(rejects)
    )
    assert not rejects.exists(), rejects.read_text()
    return said


class SlowImport:
    """An import whose file is still being written: it goes on as long as rows are added."""

    def __init__(self, platform: WholePlatform, lines: TextIO, prefix: str, year: int) -> None:
        self.rows = 0
        self._platform, self._lines, self._prefix, self._year = platform, lines, prefix, year
        lines.write(purchases.HEADER)

    def write(self, count: int) -> None:
        """Add so many rows."""
        numbers = range(self.rows, self.rows + count)
        self._lines.writelines(purchases.rows(self._prefix, self._year, numbers))
        self._lines.flush()
        self.rows = numbers.stop

    def until_more_is_stored(self) -> None:
        """Add rows until the platform shows more payments than now."""
        before = self._platform.stored(self._prefix)

        def look() -> bool:
            self.write(ROWS_A_LOOK)
            return self._platform.stored(self._prefix) > before

        eventually(look, why="payments arrive")


def store_state(platform: WholePlatform, prefix: str) -> object:
    """Every payment with this beginning and its fact, whole, and all buckets."""
    return (
        platform.documents("transactions", "transactions", prefix),
        platform.documents("analytics", "payment_facts", prefix),
        platform.documents("analytics", "kpi_buckets"),
    )


@contextmanager
def slow_import(platform: WholePlatform, prefix: str, year: int) -> Iterator[SlowImport]:
    """Begins an import from a pipe; it must end well when the block ends."""
    pipe = platform.data.parent / f"{prefix}.csv"
    os.mkfifo(pipe)
    running = platform.begin("import", "payments", str(pipe), "--mapping", "cdnow")
    try:
        with _opened(pipe, running) as lines:
            yield SlowImport(platform, lines, prefix, year)
        said, _ = running.communicate(timeout=CALL_LIMIT_S)
        assert running.returncode == 0, said
    finally:
        running.kill()


def _opened(pipe: Path, reader: subprocess.Popen[str]) -> TextIO:
    def try_open() -> int | None:
        assert reader.poll() is None, "the import ended before it began"
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return None  # nobody reads it yet

    handle = eventually(try_open, why="the import opens its file")
    assert handle is not None
    os.set_blocking(handle, True)
    return os.fdopen(handle, "w", encoding="utf-8")


@pytest.mark.parametrize("file", purchases.files(), ids=lambda file: file.stem)
def test_a_file_of_purchases_comes_out_of_list_and_kpis_to_the_cent(
    platform: WholePlatform, file: Path
) -> None:
    truth = purchases.read(file)
    said = imported(platform, file)
    assert f"{truth.count:,} payments" in said
    assert f"USD {truth.amount_minor // 100:,}.{truth.amount_minor % 100:02d}" in said
    assert "Everything agrees to the minor unit." in platform.verify()

    listed = list(platform.payments("cdnow-"))
    assert len({row["transaction_id"] for row in listed}) == len(listed) == truth.count
    assert sum(row["amount_minor"] for row in listed) == truth.amount_minor
    assert {row["status"] for row in listed} == {"PAID"}
    for year, total in truth.by_year.items():
        assert platform.paid_in(year) == total


async def test_importing_a_file_again_changes_nothing_and_publishes_nothing(
    platform: WholePlatform,
) -> None:
    imported(platform, purchases.SAMPLE)
    platform.verify()
    before = store_state(platform, "cdnow-"), await platform.log_ends("payops.transactions")
    imported(platform, purchases.SAMPLE)
    platform.verify()
    assert (store_state(platform, "cdnow-"), await platform.log_ends("payops.transactions")) == (
        before
    )


@pytest.mark.faults
def test_killing_each_service_during_an_import_changes_none_of_it(
    platform: WholePlatform,
) -> None:
    prefix, year = "killed-", 2019
    before = platform.pids()
    with slow_import(platform, prefix, year) as importing:
        for service in SERVICES:
            importing.until_more_is_stored()
            platform.kill(service)
        importing.until_more_is_stored()
        importing.write(ROWS_AFTERWARDS)
    assert "Everything agrees to the minor unit." in platform.verify()

    amount_minor = purchases.sum_minor(range(importing.rows))
    truth = {"count": importing.rows, "amount_minor": amount_minor}
    listed = list(platform.payments(prefix))
    assert {"count": len(listed), "amount_minor": sum(r["amount_minor"] for r in listed)} == truth
    assert platform.paid_in(year) == truth
    documents = platform.documents("transactions", "transactions", prefix)
    assert {(row["version"], len(row["history"])) for row in documents} == {(2, 2)}
    after = platform.pids()
    assert all(after[service] != before[service] for service in SERVICES)


@pytest.mark.faults
def test_after_killing_everything_at_once_the_next_up_goes_on(platform: WholePlatform) -> None:
    prefix, year, numbers = "survivor-", 2018, range(WHOLE_FILE_ROWS)
    whole = platform.data.parent / "survivor-whole.csv"
    whole.write_text(purchases.HEADER + "".join(purchases.rows(prefix, year, numbers)))
    running = platform.begin("import", "payments", str(whole), "--mapping", "cdnow")
    eventually(lambda: platform.stored(prefix), why="the first payments arrive")
    platform.kill_everything()
    running.kill()
    running.communicate()

    platform.up()
    imported(platform, whole)
    assert "Everything agrees to the minor unit." in platform.verify()
    truth = {"count": len(numbers), "amount_minor": purchases.sum_minor(numbers)}
    assert platform.paid_in(year) == truth
    documents = platform.documents("transactions", "transactions", prefix)
    assert {(row["version"], len(row["history"])) for row in documents} == {(2, 2)}


async def test_lines_that_are_no_events_become_dead_letters_and_hold_nothing_up(
    platform: WholePlatform,
) -> None:
    topic = "upstream.payments.transactions.dlq"
    before = await platform.log_ends(topic)
    bad = platform.data.parent / "bad.jsonl"
    bad.write_text("\n".join(BAD_LINES) + "\n")
    platform.call("publish", "upstream.payments", str(bad), "--raw")
    assert "Everything agrees to the minor unit." in platform.verify()
    assert await platform.log_ends(topic) == before + len(BAD_LINES)

    def gathered() -> bool:
        said = platform.call("dlq", "list")
        return "unknown_type" in said and "unparsable" in said

    eventually(gathered, why="the gateway gathers them")


def test_status_says_where_everything_is_and_that_it_is_ready(platform: WholePlatform) -> None:
    status = eventually(lambda: (s := platform.status())["ready"] and s, why="all is ready")
    assert isinstance(status, dict)
    assert status["gateway"] == platform.gateway
    assert {row["name"] for row in status["services"]} == set(SERVICES)
    assert status["kafka"] == platform.kafka


def test_without_the_demo_there_is_no_rule_of_it(platform: WholePlatform) -> None:
    rules = platform.get("/v1/checkout-rules", limit=200)["items"]
    assert not {each["name"] for each in rules} & {each.name for each in DEMO_RULES}
