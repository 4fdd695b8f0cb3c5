"""Crash points: named places where a test lets the process die, as ``kill -9`` would.

``PAYOPS_FAULT=name`` dies at the first pass, ``name:3`` at the third. Unset, a point costs one
comparison. :data:`CRASH_POINTS` lists every name; a test fails when a point in the code is not
listed or a listed one is not tried.
"""

import os
import signal

CRASH_POINTS: tuple[str, ...] = (
    "consumer.after_fence",
    "consumer.after_load",
    "consumer.after_fold",
    "consumer.after_writes",
    "consumer.after_outbox",
    "consumer.before_commit",
    "consumer.after_commit",
    "relay.after_read",
    "relay.after_send",
    "relay.after_half_of_the_acks",
    "relay.after_all_acks",
    "relay.before_delete",
    "relay.lease_lost",
    "command.after_reserve",
    "command.after_command",
    "command.before_result",
)

_name, _, _count = os.environ.get("PAYOPS_FAULT", "").partition(":")
_passes_left = int(_count or "1")


def crash_point(name: str) -> None:
    """Die here, without a word, if a test asked for it."""
    global _passes_left
    if name != _name:
        return
    _passes_left -= 1
    if _passes_left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
