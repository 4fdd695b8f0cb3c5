"""Every consumer of ours, in code and in documents, reads what was committed and nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from payops_local.places import CHECKOUT

MAKERS = frozenset({"AIOKafkaConsumer", "subscriber", "builder", "make"})
"""What makes a consumer: aiokafka's class, FastStream's, and what the kernel is given."""
NO_CALLS = {
    # Given its settings by its callers, which are held here themselves.
    "shared/src/payops_kernel/messaging/consumer.py": 1,
    # Ask for a log's real end and read no record.
    "local/src/payops_local/kafka_logs.py": 1,
    "shared/src/payops_kernel/messaging/log_reading.py": 1,
}
block = re.compile(r"```python\n(.*?)```", re.DOTALL)
other_readers = re.compile(r"kafka-console-consumer|readStream|KafkaSource|kcat .*-C|\bkcat -C")
SAYS_SO = re.compile(r"isolation[._-]level\W+read_committed")


def _makers(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else name
            if name in MAKERS or (name == "partial" and "AIOKafkaConsumer" in ast.unparse(node)):
                yield node


def _silent(tree: ast.AST) -> list[int]:
    """Lines of consumers that do not say that they read committed records."""
    return [
        call.lineno
        for call in _makers(tree)
        if not any(
            keyword.arg == "isolation_level" and ast.unparse(keyword.value) == "'read_committed'"
            for keyword in call.keywords
        )
    ]


def test_every_consumer_in_the_code_says_that_it_reads_committed_records(
    sources: list[Path],
) -> None:
    silent: dict[str, list[int]] = {}
    for path in sources:
        text = path.read_text(encoding="utf-8")
        if "aiokafka" in text or "faststream" in text:
            silent[str(path.relative_to(CHECKOUT))] = _silent(ast.parse(text))
    assert len(silent) > 20
    assert {
        file: lines for file, lines in silent.items() if len(lines) != NO_CALLS.get(file, 0)
    } == {}


def test_every_consumer_in_a_document_says_so(tracked: list[Path]) -> None:
    silent = []
    for page in (path for path in tracked if path.suffix == ".md"):
        text = page.read_text(encoding="utf-8")
        for code in block.findall(text):
            if "AIOKafkaConsumer(" in code and not SAYS_SO.search(code):
                silent.append(f"{page.relative_to(CHECKOUT)}: {code[:80]}")
        silent += [
            f"{page.relative_to(CHECKOUT)}: {line}"
            for line in text.splitlines()
            if other_readers.search(line) and not SAYS_SO.search(line)
        ]
    assert silent == []


def test_a_consumer_that_says_nothing_is_found() -> None:
    assert _silent(ast.parse("AIOKafkaConsumer('t')\nbroker.subscriber('t', batch=True)")) == [1, 2]
    assert _silent(ast.parse("a.AIOKafkaConsumer(isolation_level='read_uncommitted')")) == [1]
    assert _silent(ast.parse("AIOKafkaConsumer(isolation_level='read_committed')")) == []
