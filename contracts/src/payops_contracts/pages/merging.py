"""A file of one's own laid over the defaults: entries are changed, added, moved, taken away."""

from collections.abc import Mapping
from typing import Any

from payops_contracts.pages.lines import KeyPath
from payops_contracts.pages.wrong import Wrong, known

Tables = dict[str, Any]
BEFORE = "before"
"""In an entry: the one that it is put before."""
COMPLETE = "complete"
"""At the top of a file: ``true`` when nothing is added to it from the defaults."""


def laid_over(under: Tables, over: Mapping[str, Any]) -> tuple[Tables, list[Wrong]]:
    """``under`` with what ``over`` says differently, and what is wrong with that.

    A table is merged key by key, anything else replaced. ``false`` takes away what is no yes or no.
    """
    wrong: list[Wrong] = []
    return _merged(under, over, (), wrong), wrong


def _merged(under: Tables, over: Mapping[str, Any], path: KeyPath, wrong: list[Wrong]) -> Tables:
    merged = dict(under)
    for name, value in over.items():
        there = merged.get(name)
        if value is False and name in merged and not isinstance(there, bool):
            del merged[name]
        elif isinstance(value, dict):
            entry = {key: part for key, part in value.items() if not _is_place(key, part)}
            below = there if isinstance(there, dict) else {}
            merged[name] = _merged(below, entry, (*path, name), wrong)
        else:
            merged[name] = value
    return _moved(merged, over, path, wrong)


def _moved(merged: Tables, over: Mapping[str, Any], path: KeyPath, wrong: list[Wrong]) -> Tables:
    for name, entry in over.items():
        place = entry.get(BEFORE) if isinstance(entry, dict) else None
        if not isinstance(place, str):
            continue
        others = [other for other in merged if other != name]
        if place not in others:
            says = f"there is no '{place}' {known(place, others)}"
            wrong.append(Wrong((*path, name, BEFORE), says))
            continue
        place = entry[BEFORE]
        others = [other for other in merged if other != name]
        if place not in others:
            wrong.append(
                Wrong((*path, name, BEFORE), f"there is no '{place}' {known(place, others)}")
            )
            continue
        at = others.index(place)
        merged = {each: merged[each] for each in (*others[:at], name, *others[at:])}
    return merged


def _is_place(key: str, part: object) -> bool:
    """An entry may be called so too; then it is a table."""
    return key == BEFORE and isinstance(part, str)
