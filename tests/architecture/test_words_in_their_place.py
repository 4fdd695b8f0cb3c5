"""Words that belong in one place, and words that belong in none."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from payops_contracts.topics import all_topics
from payops_local.places import CHECKOUT

PACKAGE_HOSTS = (
    "pypi.org",
    "pythonhosted.org",
    "repo.maven",
    "repo1.maven",
    "registry.npmjs",
    "proxy.golang",
    "deb.debian",
    "archive.ubuntu",
)
INDEX_OPTION = re.compile(r"--(extra-)?index-url[ =]\S|--trusted-host[ =]\S")
MACHINE_PATH = re.compile(r"(?<![\w./])/(?:work|home|root|Users)/\w+")
UNFINISHED = re.compile(
    r"\b(?:TODO|FIXME|HACK|NotImplementedError)\b|\bassert True\b"
    r"|pytest\.(?:skip|xfail|importorskip)\b|mark\.(?:skip|xfail|skipif)\b"
)
THIS_FILE = Path(__file__)
NOT_OURS = {"LICENSE"}
SENTENCE_WORDS_MIN = 3


def texts(tracked: list[Path]) -> Iterator[tuple[str, str]]:
    """Every tracked file that is text and ours: its name and its content."""
    for path in tracked:
        if path == THIS_FILE or path.name in NOT_OURS:
            continue
        try:
            yield str(path.relative_to(CHECKOUT)), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_topic_names_are_written_in_contracts_only(sources: list[Path]) -> None:
    names = {topic.name for topic in all_topics()}
    written = [
        f"{path.relative_to(CHECKOUT)}:{node.lineno} {node.value}"
        for path in sources
        if "src" in path.parts and "contracts" not in path.relative_to(CHECKOUT).parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in names
    ]
    assert written == []


def test_no_file_names_a_package_registry(tracked: list[Path]) -> None:
    named = [
        f"{name}: {host}" for name, text in texts(tracked) for host in PACKAGE_HOSTS if host in text
    ]
    named += [
        f"{name}: {INDEX_OPTION.pattern}" for name, t in texts(tracked) if INDEX_OPTION.search(t)
    ]
    assert named == []


def test_no_file_names_a_path_of_somebodys_machine(tracked: list[Path]) -> None:
    own = re.compile(rf"{re.escape(str(CHECKOUT))}\b|{re.escape(str(Path.home()))}/")
    named = [
        f"{name}: {found[0]}"
        for name, text in texts(tracked)
        for found in [MACHINE_PATH.search(text) or own.search(text)]
        if found
    ]
    assert named == []


def test_nothing_is_left_unfinished_or_switched_off(tracked: list[Path]) -> None:
    left = [
        f"{name}: {found[0]}"
        for name, text in texts(tracked)
        for found in [UNFINISHED.search(text)]
        if found
    ]
    assert left == []


def test_names_of_tests_are_sentences(sources: list[Path]) -> None:
    short = [
        f"{path.relative_to(CHECKOUT)}: {node.name}"
        for path in sources
        if path.name.startswith("test_")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if node.name.startswith("test_")
        and len(node.name.removeprefix("test_").split("_")) < SENTENCE_WORDS_MIN
    ]
    assert short == []


def test_no_test_waits_by_sleeping(sources: list[Path]) -> None:
    asleep = [
        f"{path.relative_to(CHECKOUT)}:{node.lineno}"
        for path in sources
        if path.name.startswith("test_")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"time.sleep", "asyncio.sleep"}
        if ast.unparse(node.args[0]) != "0"
    ]
    assert asleep == []
