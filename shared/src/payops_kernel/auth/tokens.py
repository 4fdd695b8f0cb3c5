"""Bearer tokens: verified here, once, by every service alike; nothing trusts the network."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import jwt

from payops_kernel.auth.keys import ALGORITHMS, FixedKeys, JwksKeys
from payops_kernel.auth.principals import Principal
from payops_kernel.auth.revoked import RevokedTokens
from payops_kernel.auth.revoked_list import revoked_at
from payops_kernel.errors import Unauthenticated
from payops_kernel.settings import ServiceSettings

TOKEN_CHARACTERS_MAX = 8192
CLOCK_SKEW_S = 5
"""How far the issuer's clock may be from ours."""
REMEMBER_S = 30.0
"""A verified token is not verified again for this long (nor past its own expiry)."""
REMEMBERED_MAX = 10_000
REQUIRED_CLAIMS = ["sub", "iss", "aud", "exp"]


class TokenVerifier:
    """Turns a bearer token into a :class:`Principal`, or refuses with a reason."""

    def __init__(
        self,
        keys: JwksKeys | FixedKeys,
        *,
        issuer: str,
        audience: str,
        scoped_keys: JwksKeys | FixedKeys | None = None,
        revoked: RevokedTokens | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """``scoped_keys`` may sign scopes and limits, and give nobody a role.

        Without ``revoked`` tokens are good until they expire.
        """
        self._keys = keys
        self._scoped_keys = scoped_keys
        self._issuer = issuer
        self._audience = audience
        self._revoked = revoked
        self._now = now
        self._remembered: dict[str, tuple[Principal, float]] = {}

    @classmethod
    def from_settings(cls, settings: ServiceSettings) -> "TokenVerifier":
        """A verifier for the key set, issuer and audience that the settings name."""
        return cls(
            JwksKeys(settings.auth_jwks),
            issuer=settings.auth_issuer,
            audience=settings.auth_audience,
            scoped_keys=JwksKeys(settings.embed_jwks) if settings.embed_jwks else None,
            revoked=revoked_at(settings.auth_revoked) if settings.auth_revoked else None,
        )

    async def verify(self, token: str) -> Principal:
        """The caller. Raises ``Unauthenticated``, or ``Unavailable`` without a key set."""
        principal = await self._verified(token)
        if self._revoked is not None and await self._revoked.has(token):
            raise refused("The token was signed out; sign in again.")
        return principal

    async def _verified(self, token: str) -> Principal:
        if (remembered := self._remembered.get(token)) and self._now() < remembered[1]:
            return remembered[0]
        if len(token) > TOKEN_CHARACTERS_MAX:
            raise refused("The token is too long.")
        key_id = _key_id(token)
        key = await self._keys.find(key_id)
        gives_roles = key is not None
        if key is None and self._scoped_keys is not None:
            key = await self._scoped_keys.find(key_id)
        if key is None:
            raise refused("The token is signed with a key that this platform does not know.")
        try:
            claims = jwt.decode(
                token,
                key=key,
                algorithms=[key.algorithm_name],
                issuer=self._issuer,
                audience=self._audience,
                leeway=CLOCK_SKEW_S,
                options={"require": REQUIRED_CLAIMS},
            )
        except jwt.ExpiredSignatureError as error:
            raise refused("The token has expired; sign in again.") from error
        except jwt.PyJWTError as error:
            raise refused("The token is not valid for this platform.") from error
        principal = _principal(claims, token, gives_roles)
        self._remember(token, principal, float(claims["exp"]))
        return principal

    def _remember(self, token: str, principal: Principal, expires_at: float) -> None:
        if len(self._remembered) >= REMEMBERED_MAX:
            del self._remembered[next(iter(self._remembered))]
        self._remembered.pop(token, None)
        until = min(expires_at, self._now() + REMEMBER_S)
        self._remembered[token] = principal, until


def refused(why: str) -> Unauthenticated:
    """The refusal of a token that was presented."""
    return Unauthenticated(why, challenge="invalid_token")


def _principal(claims: Mapping[str, Any], token: str, gives_roles: bool) -> Principal:
    roles, scope, limits = (claims.get(name) for name in ("roles", "scope", "limits"))
    if limits is not None and not (
        isinstance(limits, dict) and all(isinstance(value, str) for value in limits.values())
    ):
        raise refused("The token's limits cannot be read.")
    return Principal.of(
        subject=claims["sub"],
        name=str(claims.get("name") or claims["sub"]),
        roles=roles if isinstance(roles, list) and gives_roles else (),
        token=token,
        scopes=scope.split() if isinstance(scope, str) else (),
        limits=limits,
        expires_at=float(claims["exp"]),
    )


def _key_id(token: str) -> str:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise refused("This is not a bearer token of the kind that this platform takes.") from error
    key_id = header.get("kid")
    if header.get("alg") not in ALGORITHMS or not isinstance(key_id, str):
        raise refused("The token names no key, or an algorithm that is not accepted.")
    return key_id
