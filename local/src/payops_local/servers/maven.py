"""Apache Kafka's own jars, fetched once through Maven into the checkout's `.payops` folder."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from payops_local.errors import DiskFull, PlatformError
from payops_local.places import KAFKA_LIBRARIES
from payops_local.servers.java import java_command, java_home
from payops_local.system_packages import install_system_package

KAFKA_VERSION = "4.3.1"
LOG4J_VERSION = "2.24.3"
FETCH_LIMIT_S = 600.0

Artifact = tuple[str, str, str]
"""Group, artifact, version."""

_DEPENDENCIES = (
    ("org.apache.kafka", "kafka_2.13", KAFKA_VERSION),
    ("org.apache.logging.log4j", "log4j-slf4j-impl", LOG4J_VERSION),
)
_COPY_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
_NO_NETWORK = (
    "UnknownHostException",
    "Unknown host",
    "No route to host",
    "Network is unreachable",
    "Connect timed out",
    "Connection refused",
    "Temporary failure in name resolution",
    "transfer failed",
)


def kafka_libraries(
    folder: Path = KAFKA_LIBRARIES, say: Callable[[str], None] = lambda _: None
) -> Path:
    """The folder of Kafka's jars, fetched first when it is not there yet.

    Safe to call from several processes at once; an interrupted fetch leaves nothing behind that
    counts as fetched. Raises PlatformError without Maven, network or room on the disk.
    """
    libraries = folder / KAFKA_VERSION
    if libraries.is_dir():
        return libraries
    folder.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(folder / "fetch.lock"):
        if not libraries.is_dir():
            say(f"Fetching Apache Kafka {KAFKA_VERSION} through Maven (43 MB, once)")
            _fetch(libraries, _DEPENDENCIES, say)
    return libraries


def other_jars(
    libraries: Path, artifacts: Sequence[Artifact], say: Callable[[str], None] = lambda _: None
) -> Path:
    """A folder of these artifacts' own jars, nothing that they depend on; else as Kafka's."""
    libraries.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(libraries.parent / "fetch.lock"):
        if not libraries.is_dir():
            _fetch(libraries, artifacts, say, "-DexcludeTransitive=true")
    return libraries


@contextmanager
def _one_at_a_time(lock: Path) -> Iterator[None]:
    with lock.open("w", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _fetch(
    libraries: Path, artifacts: Sequence[Artifact], say: Callable[[str], None], *options: str
) -> None:
    maven = shutil.which("mvn")
    if maven is None and install_system_package("maven", say):
        maven = shutil.which("mvn")
    if maven is None:
        raise PlatformError(
            "Maven, which fetches Kafka, is not installed: install it and run this again "
            "(on Debian or Ubuntu: apt-get install maven)."
        )
    with tempfile.TemporaryDirectory(dir=libraries.parent, prefix="fetch-") as scratch:
        pom = Path(scratch) / "pom.xml"
        pom.write_text(_pom(artifacts), encoding="utf-8")
        jars = Path(scratch) / "jars"
        # Nothing may stay outside of the checkout, so not even Maven's own store is used.
        store = f"-Dmaven.repo.local={Path(scratch) / 'store'}"
        goal = (_COPY_GOAL, f"-DoutputDirectory={jars}")
        _run_maven([maven, "-q", "-B", "-f", str(pom), store, *goal, *options])
        jars.rename(libraries)


def _run_maven(command: list[str]) -> None:
    env = dict(os.environ)
    if shutil.which("java") is None:
        env["JAVA_HOME"] = str(java_home(java_command()))
    try:
        done = subprocess.run(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=FETCH_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PlatformError(
            f"Maven did not finish fetching Kafka within {FETCH_LIMIT_S:.0f} s: "
            "check the network and run this again."
        ) from error
    if done.returncode != 0:
        raise _explained(done.stdout + done.stderr)


def _explained(output: str) -> PlatformError:
    if "No space left on device" in output:
        return DiskFull("The disk is full, so Kafka could not be fetched: free 200 MB and retry.")
    if "PKIX path" in output:
        return PlatformError(
            "Maven does not trust its repository's certificate, so Kafka could not be fetched: "
            "name a trust store in MAVEN_OPTS (-Djavax.net.ssl.trustStore=FILE) and retry."
        )
    if any(sign in output for sign in _NO_NETWORK):
        return PlatformError(
            "Maven could not reach its repository to fetch Kafka: "
            "check the network (or Maven's settings.xml behind a proxy) and run this again."
        )
    lines = [line for line in output.splitlines() if "ERROR" in line] or ["no message"]
    return PlatformError(f"Maven could not fetch Kafka ({lines[0][:300]}): mend that and retry.")


def _pom(artifacts: Sequence[Artifact]) -> str:
    dependencies = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
        f"<version>{version}</version></dependency>"
        for group, artifact, version in artifacts
    )
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>payops</groupId><artifactId>kafka-libraries</artifactId><version>1</version>"
        f"<packaging>pom</packaging><dependencies>{dependencies}</dependencies></project>\n"
    )
