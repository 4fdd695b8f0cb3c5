"""Merging descriptions so that every order of arrival ends in the same one.

The fact with the highest authority describes the payment; an optional part that it lacks comes
from the next fact that has it. ``filled`` remembers the authority behind each such part.
"""

from dataclasses import dataclass, field
from typing import Any

from transactions.domain.facts import OPTIONAL_PARTS, Description


@dataclass(slots=True)
class Described:
    """A description and where its parts come from."""

    description: Description
    authority: str
    filled: dict[str, str] = field(default_factory=dict)

    def merge(self, other: Description, authority: str) -> bool:
        """Take in what another fact says; tell whether anything changed."""
        before = self.description
        if other == before and not self.filled:  # nearly always: each fact says the same
            self.authority = max(authority, self.authority)
            return False
        base, base_authority = (
            (other, authority) if authority > self.authority else (before, self.authority)
        )
        parts: dict[str, Any] = {}
        filled: dict[str, str] = {}
        for part in OPTIONAL_PARTS:
            value, behind = getattr(before, part), self.filled.get(part, self.authority)
            theirs = getattr(other, part)
            if theirs is not None and (value is None or authority > behind):
                value, behind = theirs, authority
            if value is not None and behind != base_authority:
                filled[part] = behind
                parts[part] = value
        self.description = base._replace(**parts) if parts else base
        self.authority, self.filled = base_authority, filled
        return self.description != before
