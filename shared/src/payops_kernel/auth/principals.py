"""Roles and the caller that a verified token names."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self


class UserRole(StrEnum):
    """How far a person or a machine may reach; each role includes the ones before it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """0 for viewer up to 3 for admin."""
        return _RANKS[self]


_RANKS = {role: rank for rank, role in enumerate(UserRole)}


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller whose token was verified."""

    subject: str
    name: str
    roles: frozenset[UserRole]
    """Every role that the caller has, the included lower ones among them."""
    token: str = field(repr=False)
    """The bearer token itself, to be forwarded; never logged."""
    expires_at: float = field(default=math.inf, compare=False)
    """When the token ends, in seconds since 1970."""

    @classmethod
    def of(
        cls,
        subject: str,
        name: str,
        roles: Iterable[object],
        token: str,
        expires_at: float = math.inf,
    ) -> Self:
        """A principal from a token's claims; role words that we do not know give nothing."""
        known = [UserRole(role) for role in roles if isinstance(role, str) and role in _RANKS]
        highest = max((role.rank for role in known), default=-1)
        reached = frozenset(role for role in UserRole if role.rank <= highest)
        return cls(subject, name, reached, token, expires_at)

    def may(self, role: UserRole) -> bool:
        """Whether the caller reaches as far as ``role``."""
        return role in self.roles
