"""Restored from backup: what a database has forgotten that the world has seen.

A database that was put back to an older state would say versions again that consumers have seen,
and give numbers again that are on paper. ``./payops restored SERVICE`` asks for a restoration
(:mod:`~payops_kernel.restoring.marker`), and the service's worker does it
(:mod:`~payops_kernel.restoring.work`), in three steps of which each goes on where a killed process
left it:

1. **ASKED**: the service reads its topics again from its older positions to their ends. Until then
   nothing is taken from people, because amounts that were refunded since look free, and jobs that
   were open in the backup are cancelled, because their rows may have been done already.
2. Everything that the service ever published is read once, in constant memory: for the highest
   version, and for what else the service's rules look for (numbers that were given).
3. **RAISING**: every aggregate's version is raised by the next whole :data:`STEP` above that, and
   its state is published again, some hundred a transaction, through the outbox and never faster
   than the relay publishes.
"""

from payops_kernel.restoring.marker import (
    STEP,
    AlreadyRestored,
    Marker,
    RestorationGate,
    State,
    ask,
)
from payops_kernel.restoring.work import Lesson, Restoring, RestoringRules

__all__ = [
    "STEP",
    "AlreadyRestored",
    "Lesson",
    "Marker",
    "RestorationGate",
    "Restoring",
    "RestoringRules",
    "State",
    "ask",
]
