"""Search everything: each kind of record by itself, so that one that is away costs its own part."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from gateway.domain.pasted import ids_in
from payops_kernel.auth.principals import Principal, UserRole

SHOWN_MAX = 5
"""Rows of a kind that a text finds; its list has them all."""
TEXT_CHARACTERS_MAX = 200
"""Of one text; a longer one finds what begins as it does."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a kind of record has."""

    rows: Sequence[Mapping[str, Any]]
    """As its list shows them."""
    total: int
    total_is_capped: bool = False


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Why a kind is missing."""

    service: str
    detail: str


class Finds(Protocol):
    """How records of one kind are found."""

    kind: str
    """As its list is called: ``transactions``."""
    row_id: str
    """The field of a row that a pasted id is looked for in."""
    role: UserRole
    """Who may see such records."""

    async def by_text(self, text: str, caller: Principal) -> Found | Unanswered:
        """Rows that a text finds, at most :data:`SHOWN_MAX`."""
        ...

    async def by_ids(self, ids: Sequence[str], caller: Principal) -> Found | Unanswered:
        """Rows with these ids."""
        ...


@dataclass(frozen=True, slots=True)
class Group:
    """Records of one kind."""

    kind: str
    found: Found | Unanswered


@dataclass(frozen=True, slots=True)
class Searched:
    """What was found of everything."""

    groups: Sequence[Group]
    """Of the kinds that have something, and of those that are missing."""
    ids: Sequence[str] = field(default_factory=list)
    """Those that were pasted; none when it was one text."""
    not_found: Sequence[str] = field(default_factory=list)
    """Those of them that no kind has that answered."""


class Search:
    """The use case behind ``GET /v1/search``."""

    def __init__(self, finders: Sequence[Finds]) -> None:
        self._finders = finders

    async def __call__(self, text: str, caller: Principal) -> Searched:
        """Everything that the caller may see and the text, or the ids in it, find."""
        ids = ids_in(text)
        one = text.strip()[:TEXT_CHARACTERS_MAX]
        finders = [each for each in self._finders if caller.may(each.role)]

        async def group(finder: Finds) -> Group:
            found = finder.by_ids(ids, caller) if ids else finder.by_text(one, caller)
            return Group(finder.kind, await found)

        groups = await asyncio.gather(*map(group, finders))
        seen = {
            str(row[finder.row_id])
            for finder, each in zip(finders, groups, strict=True)
            if isinstance(each.found, Found)
            for row in each.found.rows
        }
        return Searched(
            [each for each in groups if isinstance(each.found, Unanswered) or each.found.rows],
            ids,
            [each for each in ids if each not in seen],
        )
