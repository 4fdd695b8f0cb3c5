"""A small issuer for the local platform: one Ed25519 key, short claims, a JWKS of its own."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm
from jwt.utils import base64url_encode

from payops_kernel.auth.principals import Scope, UserRole

LIFETIME_DEFAULT = timedelta(hours=1)
LIFETIME_MAX = timedelta(days=1)


def new_signing_key() -> bytes:
    """A fresh Ed25519 private key as PEM (PKCS 8, not encrypted)."""
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


class TokenIssuer:
    """Signs tokens that :class:`~payops_kernel.auth.tokens.TokenVerifier` takes."""

    def __init__(self, pem: bytes, *, issuer: str, audience: str) -> None:
        key = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("the local issuer's key must be an Ed25519 private key in PEM")
        self._key = key
        self._issuer = issuer
        self._audience = audience
        self._jwk = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
        # RFC 7638: the thumbprint of the key is its id, so a new key never takes an old id.
        told = orjson.dumps(self._jwk, option=orjson.OPT_SORT_KEYS)
        self.key_id = base64url_encode(hashlib.sha256(told).digest()).decode()

    @classmethod
    def from_file(cls, path: str | Path, *, issuer: str, audience: str) -> "TokenIssuer":
        """An issuer with the PEM key at ``path``; raises ``OSError`` or ``ValueError``."""
        return cls(Path(path).read_bytes(), issuer=issuer, audience=audience)

    def jwks(self) -> bytes:
        """The public key set as JSON."""
        return orjson.dumps({"keys": [self.jwk()]})

    def jwk(self) -> dict[str, object]:
        """The public key."""
        return {**self._jwk, "kid": self.key_id, "use": "sig", "alg": "EdDSA"}

    def issue(
        self,
        subject: str,
        name: str,
        roles: Iterable[UserRole],
        lifetime: timedelta = LIFETIME_DEFAULT,
    ) -> str:
        """A signed token. ``lifetime`` is cut to :data:`LIFETIME_MAX`."""
        return self._signed(subject, name, lifetime, {"roles": [role.value for role in roles]})

    def issue_scoped(
        self,
        subject: str,
        name: str,
        scope: Scope,
        lifetime: timedelta,
        claims: Mapping[str, object],
    ) -> str:
        """A signed token without any role; ``claims`` are further ones, such as ``limits``."""
        return self._signed(subject, name, lifetime, {"scope": scope.value, **claims})

    def _signed(
        self, subject: str, name: str, lifetime: timedelta, more: Mapping[str, object]
    ) -> str:
        now = datetime.now(UTC)
        claims = {
            **more,
            "sub": subject,
            "name": name,
            "iss": self._issuer,
            "aud": self._audience,
            "iat": now,
            "nbf": now,
            "exp": now + min(lifetime, LIFETIME_MAX),
        }
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": self.key_id})
