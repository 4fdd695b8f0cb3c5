"""What a killed supervisor left running, found by its records and ended."""

from __future__ import annotations

from payops_local.places import DataFolder
from payops_local.run_state import process_record, recorded_names

SURVIVOR_STOP_LIMIT_S = 10.0
_SERVERS = ("kafka", "mongod")


def end_survivors(data: DataFolder) -> list[str]:
    """End every recorded process that still lives, services before servers; their names.

    Only for a caller that knows that no supervisor lives: it holds the lock, or saw it dead.
    """
    names = recorded_names(data)
    ordered = [name for name in names if name not in _SERVERS]
    ordered += [name for name in _SERVERS if name in names]
    return [
        name for name in ordered if process_record(data, name).end_survivor(SURVIVOR_STOP_LIMIT_S)
    ]
