"""The local platform's own issuer: one Ed25519 key in the data folder, for demo users only."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from payops_kernel.auth.issuer import TokenIssuer, new_signing_key
from payops_kernel.auth.principals import UserRole
from payops_local.errors import PlatformError

ROLES = tuple(role.value for role in UserRole)
KEY_BYTES = 32
_PRIVATE = 0o600


class LocalIssuer:
    """The keys below one folder: the signing key, its public JWKS, those of lists and sessions."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.key_path = folder / "issuer.pem"
        self.jwks_path = folder / "jwks.json"
        self._cursor_path = folder / "cursor.key"
        self._session_path = folder / "session.key"
        self._folder = folder
        self._settings = settings

    def ensure(self) -> None:
        """Make what is missing; keys that exist stay, so that tokens outlive a restart."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if not self.key_path.exists():
            _write(self.key_path, new_signing_key())
        _write(self.jwks_path, self._issuer().jwks())
        for path in (self._cursor_path, self._session_path):
            if not path.exists():
                _write(path, secrets.token_urlsafe(KEY_BYTES).encode())

    def cursor_key(self) -> str:
        return self._cursor_path.read_text(encoding="utf-8")

    def session_key(self) -> str:
        return self._session_path.read_text(encoding="utf-8")

    def token(self, role: str, lifetime: timedelta) -> str:
        """A signed token of the seeded user with this role.

        Raises PlatformError for a role that does not exist and before the first `up`.
        """
        if role not in ROLES:
            raise PlatformError(f"There is no role {role!r}: choose one of {', '.join(ROLES)}.")
        if not self.key_path.exists():
            raise PlatformError("There is no signing key yet: start the platform, `./payops up`.")
        subject = f"{role}@payops.local"
        return self._issuer().issue(subject, role.capitalize(), [UserRole(role)], lifetime)

    def _issuer(self) -> TokenIssuer:
        return TokenIssuer.from_file(
            self.key_path,
            issuer=self._settings["PAYOPS_AUTH_ISSUER"],
            audience=self._settings["PAYOPS_AUTH_AUDIENCE"],
        )


def _write(path: Path, content: bytes) -> None:
    """All or nothing, and readable by this user alone."""
    fresh = path.with_suffix(".new")
    fresh.touch(mode=_PRIVATE)
    fresh.chmod(_PRIVATE)
    fresh.write_bytes(content)
    fresh.replace(path)
