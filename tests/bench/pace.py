"""How fast the machine itself is just now: one core's speed at a fixed piece of work.

Virtual machines slow down when they were busy for minutes, without any other process to be seen.
Two figures are worth comparing only when they were taken at about the same pace.
"""

from __future__ import annotations

import time

STEPS = 400_000
TRIES = 5
SLOWED = 0.85
"""Below this share of the fastest pace of a run, a figure says so."""


def pace() -> float:
    """Steps a second, the best of a few tries; takes about a tenth of a second."""
    return STEPS / min(_seconds() for _ in range(TRIES))


def _seconds() -> float:
    began = time.perf_counter()
    total = 0
    for step in range(STEPS):
        total += step
    return time.perf_counter() - began
