"""Calls to addresses of the user's, which the configuration of pages names.

Signed as https://www.standardwebhooks.com says, so that any library of theirs verifies a call.
"""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import aiohttp
import orjson
import yarl

CONNECTIONS_MAX = 20
"""To all endpoints together; a call waits for one within its own time limit."""
ANSWER_BYTES_MAX = 16 * 1024
"""What is read of an answer; the rest is not looked at."""
MESSAGE_BYTES_MAX = 2048
SECRET_PREFIX = "whsec_"  # noqa: S105 - what secrets begin with
_SAYING = ("message", "detail", "title", "error")
"""Where JSON answers have their sentence, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call. The same ``id`` again means the same call."""

    method: str
    url: str
    body: bytes
    id: str
    at: int
    """Seconds since 1970."""
    timeout_s: float


@dataclass(frozen=True, slots=True)
class EndpointAnswer:
    """What came back. ``status`` is None when nothing did, ``late`` says that time ran out."""

    status: int | None
    message: str | None = None
    late: bool = False

    @property
    def done(self) -> bool:
        """Whether the other side says that it did it."""
        return self.status is not None and 200 <= self.status < 300


class Endpoints:
    """Calls with a secret's signature. Connects when first used."""

    def __init__(self, secret: str) -> None:
        """``secret`` is ``whsec_`` and base64."""
        self._key = signing_key(secret) if secret else b""
        self._session: aiohttp.ClientSession | None = None

    async def call(self, call: Call) -> EndpointAnswer:
        """The answer; a redirect is one, and is not followed."""
        if self._session is None:
            self._session = _session()
        try:
            async with self._session.request(
                call.method,
                yarl.URL(call.url),
                data=call.body,
                headers=self._headers(call),
                timeout=aiohttp.ClientTimeout(total=call.timeout_s),
                allow_redirects=False,
            ) as answer:
                read = await _beginning(answer.content)
                return EndpointAnswer(answer.status, message(read, answer.content_type))
        except TimeoutError:
            return EndpointAnswer(None, late=True)
        except (aiohttp.ClientError, OSError):
            return EndpointAnswer(None)

    async def close(self) -> None:
        """Give all connections back."""
        if self._session is not None:
            await self._session.close()

    def _headers(self, call: Call) -> Mapping[str, str]:
        return {
            "accept-encoding": "identity",
            "content-type": "application/json",
            "idempotency-key": call.id,
            "webhook-id": call.id,
            "webhook-timestamp": str(call.at),
            "webhook-signature": signature(self._key, call.id, call.at, call.body),
        }


def signing_key(secret: str) -> bytes:
    """The key's bytes; raises ``ValueError`` for a secret of another form, or a short one."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    if not secret.startswith(SECRET_PREFIX) or len(key) < 24:
        raise ValueError
    return key


def signature(key: bytes, call_id: str, at: int, body: bytes) -> str:
    """Of a call, as its header has it."""
    signed = f"{call_id}.{at}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, sha256)).decode()}"


def message(body: bytes, content_type: str) -> str | None:
    """The sentence that an answer has for people, as text of at most 2 KB."""
    said: object = None
    if content_type == "text/plain":
        said = body.decode("utf-8", "replace")
    elif content_type.endswith(("/json", "+json")):
        said = _of_json(body)
    if not isinstance(said, str):
        return None
    plain = "".join(each for each in said if each.isprintable() or each == "\n").strip()
    return plain.encode()[:MESSAGE_BYTES_MAX].decode("utf-8", "ignore") or None


def _of_json(body: bytes) -> object:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(said, dict):
        return said
    return next((said[name] for name in _SAYING if isinstance(said.get(name), str)), None)


async def _beginning(content: aiohttp.StreamReader) -> bytes:
    read = bytearray()
    async for part in content.iter_any():
        read += part
        if len(read) >= ANSWER_BYTES_MAX:
            break
    return bytes(read[:ANSWER_BYTES_MAX])


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent",),
        auto_decompress=False,
        trust_env=False,
    )
