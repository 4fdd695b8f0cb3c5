"""Calls to addresses of the user's, which the configuration of pages names.

Signed as https://www.standardwebhooks.com says, so that any library of theirs verifies a call.
"""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus

import aiohttp
import orjson
import yarl

from gateway.use_cases.run_page_action import Asking, Outcome
from payops_kernel.settings import UnfitSettings

CONNECTIONS_MAX = 20
"""To all endpoints together; a call waits for one within its own time limit."""
ANSWER_BYTES_MAX = 16 * 1024
"""What is read of an answer; the rest is not looked at."""
MESSAGE_BYTES_MAX = 2048
KEY_BYTES_MIN = 24
SECRET_PREFIX = "whsec_"  # noqa: S105 - what secrets begin with
_MEND = (
    "PAYOPS_ACTION_SECRET signs the calls to endpoints that the pages name; make one: "
    "echo whsec_$(openssl rand -base64 32)"
)
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
    def outcome(self) -> Outcome:
        """What it means: only an answer below 500 says whether it was done."""
        if self.status is None or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Outcome.UNKNOWN
        is_done = HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES
        return Outcome.DONE if is_done else Outcome.REFUSED


class Endpoints:
    """Calls with a secret's signature. Connects when first used."""

    def __init__(self, secret: str, required: bool = True) -> None:
        """``secret`` is ``whsec_`` and base64; raises ``UnfitSettings`` when it is ``required``."""
        self._key = signing_key(secret) if secret or required else b""
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, asking: Asking) -> EndpointAnswer:
        """Call the endpoint of an action."""
        endpoint = asking.endpoint
        at = int(datetime.now(UTC).timestamp())
        call = Call(
            endpoint.method, endpoint.url, asking.body, asking.call_id, at, endpoint.timeout_s
        )
        return await self.call(call)

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
    """The key's bytes; raises ``UnfitSettings`` for a secret of another form, or a short one."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        raise UnfitSettings(_MEND) from None
    if not secret.startswith(SECRET_PREFIX) or len(key) < KEY_BYTES_MIN:
        raise UnfitSettings(_MEND)
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
