"""The session's cookie: encrypted and authenticated, unreadable for scripts and other sites."""

import base64
import hashlib
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken
from starlette.requests import Request
from starlette.responses import Response

from backoffice.session.preferences import Preferences
from payops_kernel.auth.principals import Principal

KEPT_S = 30 * 24 * 3600
"""How long a browser keeps the cookie: past the session's end it says whose session it was."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who signed in; what the token says, and what a page needs beside it."""

    subject: str
    name: str
    roles: tuple[str, ...]
    token: str = field(repr=False)
    expires_at: float
    """Seconds since 1970: when the gateway stops taking the token."""
    preferences: Preferences = field(default_factory=Preferences)
    chosen_at: float = 0.0
    """Seconds since 1970: when the preferences were read."""
    toast: dict[str, str] | None = None
    """What the next page says once."""

    @property
    def is_over(self) -> bool:
        """Whether the token's time has passed."""
        return datetime.now(UTC).timestamp() >= self.expires_at

    @property
    def principal(self) -> Principal:
        """The person, with every role that the highest one includes."""
        return Principal.of(self.subject, self.name, self.roles, self.token)


class SessionCookies:
    """Reads and writes sessions under one key.

    The cookie's name tells the key apart, so that two platforms on one host, which share their
    cookies whatever their ports, do not sign each other's people out.
    """

    def __init__(self, key: str, *, secure: bool) -> None:
        """``secure``: browsers send the cookie over https only."""
        digest = hashlib.sha256(b"payops session\0" + key.encode()).digest()
        self._box = Fernet(base64.urlsafe_b64encode(digest))
        self._secure = secure
        self.name = f"payops_session_{hashlib.sha256(digest).hexdigest()[:8]}"

    def read(self, request: Request) -> Session | None:
        """The session that the browser sent, also one that is over; None without a true one."""
        return self.unsealed(request.cookies.get(self.name, ""))

    def unsealed(self, sealed: str) -> Session | None:
        """The session in a cookie's value; None when it is not one of ours."""
        try:
            said: dict[str, Any] = orjson.loads(self._box.decrypt(sealed.encode()))
            said["preferences"] = Preferences.read(said["preferences"])
            return Session(**said | {"roles": tuple(said["roles"])})
        except (InvalidToken, ValueError, TypeError, KeyError):
            return None

    def sealed(self, session: Session) -> str:
        """A cookie's value."""
        return self._box.encrypt(orjson.dumps(asdict(session))).decode()

    def write(self, response: Response, session: Session) -> None:
        """Give the browser this session."""
        response.set_cookie(
            self.name, self.sealed(session), max_age=KEPT_S, path="/", httponly=True,
            samesite="lax", secure=self._secure,
        )  # fmt: skip

    def forget(self, response: Response) -> None:
        """Take the session back."""
        response.delete_cookie(
            self.name, path="/", httponly=True, samesite="lax", secure=self._secure
        )
