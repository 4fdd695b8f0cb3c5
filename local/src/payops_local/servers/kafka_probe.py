"""A look at a Kafka broker in two requests: quiet, synchronous, cheap enough to poll.

A Kafka client would do, but it retries and logs while a broker is still starting. The wire
formats are FindCoordinator version 1 and OffsetFetch version 2 of the Kafka protocol guide.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable

PROBE_TIMEOUT_S = 2.0
LARGEST_ANSWER_BYTES = 1024 * 1024
_FIND_COORDINATOR, _OFFSET_FETCH = 10, 9
_ALL_TOPICS = struct.pack(">i", -1)
_CLIENT_ID = "payops-probe"

_Question = Callable[[socket.socket, str], int]


def kafka_answers(address: str, groups: tuple[str, ...] = ("payops-probe",)) -> bool:
    """Whether a broker at host:port (or one of several, by commas) knows the groups' coordinator.

    A cluster that creates its offsets topic at the first question answers with yes a little
    later. Takes at most PROBE_TIMEOUT_S an address and group.
    """
    return any(_answers(one, groups, _find_coordinator) for one in address.split(","))


def coordinators_loaded(address: str, groups: tuple[str, ...]) -> bool:
    """Whether this one broker has loaded the offsets of the groups, so that they can join."""
    return kafka_answers(address, groups) and _answers(address, groups, _fetch_offsets)


def _answers(address: str, groups: tuple[str, ...], ask: _Question) -> bool:
    host, _, port = address.strip().rpartition(":")
    try:
        with socket.create_connection((host, int(port)), PROBE_TIMEOUT_S) as connection:
            return all(ask(connection, group) == 0 for group in groups)
    except (OSError, ValueError, struct.error):
        return False


def _find_coordinator(connection: socket.socket, group: str) -> int:
    answer = _call(connection, _FIND_COORDINATOR, 1, _string(group) + b"\x00")
    return int(struct.unpack_from(">ih", answer)[1])


def _fetch_offsets(connection: socket.socket, group: str) -> int:
    answer = _call(connection, _OFFSET_FETCH, 2, _string(group) + _ALL_TOPICS)
    return int(struct.unpack(">h", answer[-2:])[0])


def _call(connection: socket.socket, api: int, version: int, body: bytes) -> bytes:
    request = struct.pack(">hhi", api, version, 0) + _string(_CLIENT_ID) + body
    connection.sendall(struct.pack(">i", len(request)) + request)
    size = struct.unpack(">i", _read(connection, 4))[0]
    if size > LARGEST_ANSWER_BYTES:
        raise OSError(f"an answer of {size} bytes: not a Kafka broker")
    return _read(connection, size)[4:]


def _read(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        chunk = connection.recv(size - len(received))
        if not chunk:
            raise OSError("the broker closed the connection")
        received += chunk
    return received


def _string(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">h", len(encoded)) + encoded
