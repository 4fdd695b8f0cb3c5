"""What must hold before the first process starts; what can be refused is refused here."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

from payops_local.browser_packages import fetch_browser_packages
from payops_local.connections import MongoClient, PyMongoError
from payops_local.errors import PlatformError
from payops_local.issuer import LocalIssuer
from payops_local.platform import Platform, needed_ports
from payops_local.ports import require_free
from payops_local.servers import kafka_answers, kafka_libraries
from payops_local.servers.java import java_command
from payops_local.servers.mongod import mongod_binary
from payops_local.servers.server import require_room
from payops_local.supervising.members import PORT_MEND
from payops_local.supervising.survivors import end_survivors

REACH_LIMIT_S = 3.0
REACH_POLL_S = 0.25
TOPICS_LIMIT_S = 60.0


def prepare(platform: Platform, say: Callable[[str], None]) -> None:
    """Clear away a killed platform's rest, check ports, room and servers, make keys.

    Raises PlatformError with the mend. Starts nothing.
    """
    ended = end_survivors(platform.data)
    if ended:
        say(f"Ended what a killed platform had left running: {', '.join(ended)}")
    require_room(platform.data.root)
    for port, name in needed_ports(platform).items():
        require_free(port, name, PORT_MEND)
    if platform.external_kafka:
        _require_kafka(platform.kafka)
    else:
        java_command()
        kafka_libraries(say=say)
    if platform.external_mongo:
        _require_mongo(platform)
    else:
        mongod_binary(say)
    LocalIssuer(platform.data.keys, platform.settings).ensure()
    if platform.backoffice_url is not None:
        fetch_browser_packages(say)


def make_topics(platform: Platform) -> None:
    """Create the topics that are missing; raises PlatformError when Kafka refuses."""
    # In a process of its own: what it loads would otherwise stay in the supervisor's memory.
    try:
        done = subprocess.run(
            [str(platform.python), "-P", "-m", "payops_kernel.messaging.topics"],
            env=platform.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TOPICS_LIMIT_S,
            check=False,
        )
        said = done.stderr.strip().splitlines() if done.returncode else None
    except subprocess.TimeoutExpired:
        said = [f"no answer within {TOPICS_LIMIT_S:.0f} s"]
    if said is not None:
        raise PlatformError(
            f"The topics could not be created on {platform.kafka} ({''.join(said[-1:])}): "
            "see whether that broker is healthy and lets this user create topics."
        )


def _require_kafka(address: str) -> None:
    deadline = time.monotonic() + REACH_LIMIT_S
    while not kafka_answers(address):
        if time.monotonic() > deadline:
            raise PlatformError(
                f"No Kafka broker answers at PAYOPS_KAFKA={address}: start it, correct the "
                "address (host:port), or unset PAYOPS_KAFKA to use a local one."
            )
        time.sleep(REACH_POLL_S)


def _require_mongo(platform: Platform) -> None:
    shown = platform.mongo_without_password
    mend = "start it, correct the URI, or unset PAYOPS_MONGO to use a local one"
    try:
        with MongoClient[dict[str, object]](
            platform.mongo, serverSelectionTimeoutMS=int(REACH_LIMIT_S * 1_000)
        ) as client:
            hello = client.admin.command("hello")
    except (PyMongoError, ValueError) as error:
        what = f"No MongoDB primary answers at PAYOPS_MONGO={shown}"
        raise PlatformError(f"{what}: {mend}.") from error
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise PlatformError(
            f"The MongoDB at PAYOPS_MONGO={shown} is no replica set, so it has no transactions: "
            "start it with --replSet, or unset PAYOPS_MONGO to use a local one."
        )
