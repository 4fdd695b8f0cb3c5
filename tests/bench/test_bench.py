"""The benchmark's own logic; what it measures needs servers and minutes, and is no test."""

from __future__ import annotations

import ast
import asyncio
import os
import random
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.download import download
from bench.http_load import Post, closed_loop
from bench.percentiles import percentile
from bench.ratios import AIMS, Aim
from bench.refundable import refundable_documents
from bench.results import Figure, Results, Round
from bench.stored import payment_documents
from bench.table import as_table, ratio_rows
from bench.workload import payment_events
from payops_kernel.testing import SLOW_MACHINE
from payops_local.ports import LOOPBACK
from transactions.domain.refundability import BUILT_IN
from transactions.domain.refunding import available_minor
from transactions.store.transactions import TransactionStore

TESTS = Path(__file__).resolve().parents[1]
LOAD_LIMIT_S = 60 * SLOW_MACHINE
FIGURE_KEY = re.compile(r"[a-z]+\.[a-z0-9_]+")


class NoDatabase:
    """Gives a store no collection; making documents touches none."""

    def __getitem__(self, name: str) -> Any:
        return None


def a_figure(key: str, value: float) -> Results:
    results = Results(group="Group")
    results.add(Figure(key, key, value, "events/s"))
    return results


def test_the_command_loads_every_measurement() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--help"],
        env=os.environ | {"PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        timeout=LOAD_LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "raw-transactions" in done.stdout


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(number) for number in range(1, 101)]
    random.Random(1).shuffle(values)
    assert percentile(values, 0.50) == 50
    assert percentile(values, 0.99) == 99
    assert percentile([7.0], 0.99) == 7


def test_the_median_round_brings_its_own_cpu() -> None:
    rounds = [Round(100, seconds, {"mongod": seconds}) for seconds in (1.0, 2.0, 4.0)]
    figure = Figure.of_rounds("k", "title", "events/s", rounds)
    assert figure.value == 50
    assert figure.cpu_seconds == {"mongod": 2.0}
    assert figure.samples == (100, 50, 25)


def test_a_ratio_without_its_raw_limit_is_not_told() -> None:
    aim = Aim("k", "title", "ours", divided_by="raw", at_least=0.6)
    assert aim.value(a_figure("ours", 5)) is None
    both = a_figure("ours", 5)
    both.add(Figure("raw", "raw", 10, "events/s"))
    assert aim.value(both) == 0.5
    assert aim.met(0.5) is False
    assert aim.met(0.6) is True


def test_the_table_says_what_was_not_measured() -> None:
    results = a_figure("raw.transactions", 20_000)
    results.not_measured["List"] = "the list cannot keep up."
    report = {
        "mode": "short",
        "commit": "abc",
        "taken_at": "2026-01-01",
        "machine": {"cpu": "c", "cores": 2, "memory_gib": 24, "system": "s",
                    "load_average_at_start": [0.1]},
        "versions": {"python": "3.11"},
        "scaled": [],
        "seconds": 3.0,
    }  # fmt: skip
    table = as_table(report, results)
    assert "20,000 events/s" in table
    assert "List: the list cannot keep up." in table
    assert len(ratio_rows(results)) == len(AIMS)
    assert "SLOWED" not in table
    (group,) = results.groups
    results.paces = {"elsewhere": 100.0, group: 60.0}
    assert "SLOWED: the machine ran at 60% of its own pace" in as_table(report, results)


def test_the_two_events_of_a_payment_never_meet_in_one_slice() -> None:
    events = payment_events("p", 24_000)
    seen: dict[bytes, int] = {}
    distances = [
        index - seen[event.key]
        for index, event in enumerate(events)
        if seen.setdefault(event.key, index) != index
    ]
    assert len(distances) == 12_000
    assert min(distances) / 4 >= 1_000  # four partitions, slices of a thousand


def test_stored_payments_have_the_layout_of_the_service() -> None:
    documents = list(payment_documents(NoDatabase(), 50))  # type: ignore[arg-type]
    assert len({document["_id"] for document in documents}) == 50
    assert all(document["history"] and document["user"]["id"] for document in documents)
    assert {document["status"] for document in documents} > {"PAID"}


def test_refundable_payments_can_be_refunded_by_the_rules_of_the_service() -> None:
    store = TransactionStore(NoDatabase())
    for document in refundable_documents(NoDatabase(), "r", 20):  # type: ignore[arg-type]
        transaction = store.from_document(document)
        assert transaction.status.value == document["status"]
        assert available_minor(transaction) == document["amount_minor"]
        assert BUILT_IN.can_refund(document["provider"], document["method"])


def test_every_aim_names_figures_that_a_measurement_adds() -> None:
    sources = [*(TESTS / "bench" / "measures").glob("*.py"), TESTS / "bench" / "latency.py"]
    added = set[str]().union(*(figure_keys(path.read_text("utf-8")) for path in sources))
    named = {key for aim in AIMS for key in (aim.figure, aim.divided_by) if key}
    assert named <= added, f"no measurement adds {sorted(named - added)}"
    keys = [aim.key for aim in AIMS]
    assert len(keys) == len(set(keys))


def test_a_key_is_added_as_it_is_written_or_with_a_word_of_its_module_in_it() -> None:
    source = """CALLERS = (8, 32)
def measure(kind):
    \"\"\"Adds list.p99.\"\"\"
    add("list.p50", f"list.{kind}", f"refunds.at_{kind}", f"{kind}.own")
measure("csv")
"""
    assert figure_keys(source) >= {"list.p50", "list.csv", "refunds.at_8", "refunds.at_32"}
    assert not figure_keys(source) & {"list.p99", "list.cvs", "refunds.at_16", "csv.own"}


def figure_keys(source: str) -> set[str]:
    """All keys that a module may give its figures.

    Texts of the form ``group.word`` are keys; the blank of an f-string is one of the module's own
    words or numbers.
    """
    nodes = list(ast.walk(ast.parse(source)))
    constants = {str(node.value) for node in nodes if isinstance(node, ast.Constant)}
    blanks = {text for text in constants if re.fullmatch(r"[a-z0-9]+", text)}
    keys = {text for text in constants if FIGURE_KEY.fullmatch(text)}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            filled = {_filled(node, blank) for blank in blanks}
            keys |= {text for text in filled if FIGURE_KEY.fullmatch(text)}
    return keys


def _filled(text: ast.JoinedStr, blank: str) -> str:
    first, *others = text.values
    if not isinstance(first, ast.Constant) or "." not in str(first.value):
        return ""  # the group at least is always written out
    return str(first.value) + "".join(
        str(part.value) if isinstance(part, ast.Constant) else blank for part in others
    )


async def test_a_load_posts_bodies_and_a_download_counts_bytes_and_the_first_of_them() -> None:
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while True:
                seen.append(await reader.readuntil(b"\r\n\r\n"))
                if seen[-1].startswith(b"POST"):
                    seen.append(await reader.readexactly(2))
                writer.write(b"HTTP/1.1 202 OK\r\nContent-Length: 4\r\nExport-Id: e\r\n\r\nbody")
                if b"Connection: close" in seen[-1]:
                    break
        writer.close()

    server = await asyncio.start_server(serve, LOOPBACK, 0)
    port = server.sockets[0].getsockname()[1]
    posts = iter(range(3))

    def next_post() -> Post:
        return Post(f"/p/{next(posts, 3)}", b"{}", "Idempotency-Key: k\r\n")

    answers = await closed_loop(LOOPBACK, port, next_post, 1, {"A": "b"}, 1.0)
    got = await download(LOOPBACK, port, "/file", {"A": "b"})
    server.close()
    assert {(answer.status, answer.size) for answer in answers} == {(202, 4)}
    assert seen[0].startswith(b"POST /p/0 HTTP/1.1")
    assert b"Content-Length: 2" in seen[0]
    assert b"Idempotency-Key: k" in seen[0]
    assert seen[1] == b"{}"
    assert (got.status, got.size, got.headers["export-id"]) == (202, 4, "e")
    assert 0 < got.first_byte_s <= got.seconds
