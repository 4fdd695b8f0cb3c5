"""The story of the platform: real purchases in, the same cents out, whatever dies on the way."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import purchases
import pytest
from whole_platform import WholePlatform, eventually

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

SERVICES = ("transactions", "analytics", "gateway")
PORTION = 1_500
"""Rows, so that some of them are sent before the next portion is written."""
BAD_LINES = ("no json at all", '{"specversion": "1.0"}')


def imported(platform: WholePlatform, file: Path) -> str:
    """Import a file; what the command says."""
    rejects = platform.data.parent / "rejects.csv"
    said = platform.call(
        "import", "payments", str(file), "--mapping", "cdnow", "--rejects", str(rejects)
    )
    assert not rejects.exists(), rejects.read_text()
    return said


def arrivals(platform: WholePlatform, prefix: str) -> Callable[[], bool]:
    """Tells whether more payments with this beginning are stored than now."""
    now = platform.stored(prefix)
    return lambda: platform.stored(prefix) > now


def store_state(platform: WholePlatform, prefix: str) -> object:
    """Every payment with this beginning and its fact, whole, and all buckets."""
    return (
        platform.documents("transactions", "transactions", prefix),
        platform.documents("analytics", "payment_facts", prefix),
        platform.documents("analytics", "kpi_buckets"),
    )


@contextmanager
def slow_import(platform: WholePlatform, name: str) -> Iterator[tuple[TextIO, Path]]:
    """An import that goes on as long as lines are written to it; it must end well."""
    pipe = platform.data.parent / f"{name}.csv"
    os.mkfifo(pipe)
    running = platform.begin("import", "payments", str(pipe), "--mapping", "cdnow")
    try:
        with _opened(pipe, running) as lines:
            lines.write(purchases.HEADER)
            yield lines, pipe
        said, _ = running.communicate(timeout=120)
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
    prefix, year, numbers = "killed-", 2019, range(PORTION * (len(SERVICES) + 1))
    before = platform.pids()
    with slow_import(platform, "killed") as (lines, _):
        for turn, service in enumerate(SERVICES):
            arrived = arrivals(platform, prefix)
            lines.writelines(purchases.rows(prefix, year, numbers[turn * PORTION :][:PORTION]))
            lines.flush()
            eventually(arrived, why="payments of this portion arrive")
            platform.kill(service)
            if service == "gateway":
                eventually(lambda: platform.stored(prefix), why="the gateway is back")
        lines.writelines(purchases.rows(prefix, year, numbers[len(SERVICES) * PORTION :]))
    assert "Everything agrees to the minor unit." in platform.verify()

    truth = {"count": len(numbers), "amount_minor": purchases.sum_minor(numbers)}
    listed = list(platform.payments(prefix))
    assert {"count": len(listed), "amount_minor": sum(r["amount_minor"] for r in listed)} == truth
    assert platform.paid_in(year) == truth
    documents = platform.documents("transactions", "transactions", prefix)
    assert {(row["version"], len(row["history"])) for row in documents} == {(2, 2)}
    after = platform.pids()
    assert all(after[service] != before[service] for service in SERVICES)


@pytest.mark.faults
def test_after_killing_everything_at_once_the_next_up_goes_on(platform: WholePlatform) -> None:
    prefix, year, numbers = "survivor-", 2018, range(2 * PORTION)
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
    said = platform.call("dlq", "list")
    assert "unparsable" in said
    assert "unknown_type" in said


def test_status_says_where_everything_is_and_that_it_is_ready(platform: WholePlatform) -> None:
    status = eventually(lambda: (s := platform.status())["ready"] and s, why="all is ready")
    assert isinstance(status, dict)
    assert status["gateway"] == platform.gateway
    assert {row["name"] for row in status["services"]} == set(SERVICES)
    assert status["kafka"] == platform.kafka
