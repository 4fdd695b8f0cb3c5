"""Lint, format, types, import rules, generated files unchanged, and the tests without servers."""

from __future__ import annotations

import argparse
import subprocess
import time
from pathlib import Path

from payops_local.places import CHECKOUT
from payops_local.platform import Platform

TYPED = ("conftest.py", "contracts", "shared", "local", "services", "tests", "examples")
FAST_TESTS = "not servers and not faults and not full and not containers"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--no-tests", action="store_true", help="leave the tests out, where all of them run next"
    )


def run(args: argparse.Namespace, platform: Platform) -> int:
    """Exit code 0 when every step is in order; the output of a step that is not is printed."""
    steps = check_steps(platform.python, tests=not args.no_tests)
    failed = [name for name, command in steps if not _passes(name, command)]
    print(f"check: {'failed: ' + ', '.join(failed) if failed else 'all in order'}", flush=True)
    return 1 if failed else 0


def check_steps(python: Path, *, tests: bool) -> list[tuple[str, list[str]]]:
    """Each step's name and command, in their order."""
    module = [str(python), "-m"]
    steps = [
        ("ruff check", [*module, "ruff", "check", "."]),
        ("ruff format", [*module, "ruff", "format", "--check", "."]),
        ("mypy", [*module, "mypy", *TYPED]),
        ("import rules", [str(python.parent / "lint-imports")]),
        ("generated files", [*module, "payops_contracts.generate", "--check"]),
    ]
    if tests:
        steps.append(("fast tests", [*module, "pytest", "-q", "-m", FAST_TESTS]))
    return steps


def _passes(name: str, command: list[str]) -> bool:
    began = time.monotonic()
    print(f"check: {name} ...", end=" ", flush=True)
    done = subprocess.run(
        command,
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    took_s = time.monotonic() - began
    if done.returncode == 0:
        said = done.stdout.strip().splitlines()
        print(f"ok ({took_s:.1f} s){': ' + said[-1] if said else ''}", flush=True)
        return True
    print(f"FAILED ({took_s:.1f} s)\n{done.stdout}", flush=True)
    return False
