"""Ports on the loopback address: is one free, who has it, and which one a test may take."""

from __future__ import annotations

import random
import socket

import psutil

from payops_local.errors import PortTaken

LOOPBACK = "127.0.0.1"
# Below the range that the system hands out to outgoing connections (from 32768 on Linux), so
# that a server that restarts on its port never finds an outgoing connection sitting there.
TEST_PORTS = range(21_000, 32_000)
TRIES = 200


def is_free(port: int) -> bool:
    """Whether a server could listen on the loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def holder(port: int) -> str:
    """Who listens on the port, as far as the system tells this user: 'java (process 12)'."""
    try:
        for connection in psutil.net_connections("tcp"):
            listens_on = getattr(connection.laddr, "port", None)
            listening = connection.status == psutil.CONN_LISTEN and listens_on == port
            if listening and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        return "another program"
    return "another program"


def require_free(port: int, wanted_by: str, mend: str = "stop it or choose another port") -> None:
    """Raise PortTaken, naming the holder and the mend, unless the port is free."""
    if not is_free(port):
        raise PortTaken(f"Port {port}, needed by {wanted_by}, is taken by {holder(port)}: {mend}.")


def free_ports(count: int) -> list[int]:
    """So many distinct free ports for servers that a test starts and restarts."""
    chosen: list[int] = []
    for _ in range(TRIES):
        if len(chosen) == count:
            return chosen
        port = random.choice(TEST_PORTS)  # noqa: S311 - not a secret
        if port not in chosen and is_free(port):
            chosen.append(port)
    raise PortTaken(f"No {count} free ports between {TEST_PORTS.start} and {TEST_PORTS.stop}.")
