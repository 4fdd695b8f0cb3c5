"""What the figures were taken on: machine, versions, commit."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from payops_local.places import CHECKOUT
from payops_local.servers.java import java_command
from payops_local.servers.mongod import mongod_binary

PACKAGES = (
    "aiokafka", "faststream", "motor", "pymongo", "pydantic", "fastapi", "uvicorn", "uvloop",
    "orjson",
)  # fmt: skip
ASK_LIMIT_S = 20.0
GIB = 1024**3


def machine() -> dict[str, Any]:
    """CPU model, cores, memory, system, and how busy it was at the start."""
    return {
        "cpu": _cpu_model(),
        "cores": psutil.cpu_count(logical=True),
        "memory_gib": round(psutil.virtual_memory().total / GIB, 1),
        "system": f"{platform.system()} {platform.release()}",
        "load_average_at_start": [round(each, 2) for each in os.getloadavg()],
    }


def versions() -> dict[str, str]:
    """Of Python, the packages on the hot path and the servers."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    found["mongod"] = _said([str(mongod_binary()), "--version"], r"v([\d.]+)")
    found["java"] = _said([java_command(), "-version"], r'"([^"]+)"')
    return found


def commit() -> str:
    """The checkout's commit, with ``+changes`` when files differ from it."""
    head = _said(["git", "-C", str(CHECKOUT), "rev-parse", "HEAD"], r"([0-9a-f]{12,})")
    changes = _output(["git", "-C", str(CHECKOUT), "status", "--porcelain", "-uno"])
    return head[:12] + ("+changes" if changes.strip() else "")


def _cpu_model() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or "unknown"
    match = re.search(r"model name\s*:\s*(.+)", text)
    return match[1].strip() if match else platform.processor() or "unknown"


def _said(command: list[str], pattern: str) -> str:
    match = re.search(pattern, _output(command))
    return match[1] if match else "unknown"


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=ASK_LIMIT_S, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout + done.stderr
