"""Cursors of lists: opaque to callers, signed, and good for one list, filter and order only."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from payops_kernel.errors import PayOpsError

CURSOR_CHARACTERS_MAX = 4000
SIGNATURE_BYTES = 16
_VERSION = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = "$ms"

Value = str | int | float | bool | datetime | None
"""What a list can be ordered by. Instants are aware and count milliseconds, as MongoDB does."""


class CursorRefused(PayOpsError):
    """The cursor is not ours, was changed, or belongs to another list, filter or order."""

    code = "cursor_refused"
    title = "The cursor cannot be used here"
    status = 400


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows of a list."""

    scope: str
    """Digest of the list's name, its filters and its order: see :func:`scope_of`."""
    backward: bool
    """True: the page ends before the place; False: it begins after it."""
    values: tuple[Value, ...]
    """The row at the place: its sort values, then its ``_id``."""
    number: int
    """1-based number of the row at the place, as counted when the cursor was made."""


def scope_of(resource: str, filters: Mapping[str, Any], sort: str) -> str:
    """A digest that two requests share only when they mean the same list in the same order."""
    canonical = orjson.dumps([resource, filters, sort], default=str, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()[:16]


class CursorCodec:
    """Writes and reads cursors. ``key`` is ``settings.cursor_key``, the same on every process."""

    def __init__(self, key: str) -> None:
        self._key = hashlib.sha256(b"payops list cursor\0" + key.encode()).digest()

    def encode(self, cursor: Cursor) -> str:
        """The cursor as callers see it; raises ``TypeError`` for a value that is no ``Value``."""
        values = [_plain(value) for value in cursor.values]
        payload = orjson.dumps(
            [_VERSION, cursor.scope, int(cursor.backward), cursor.number, values]
        )
        return base64.urlsafe_b64encode(self._signature(payload) + payload).rstrip(b"=").decode()

    def decode(self, text: str, scope: str) -> Cursor:
        """The cursor that was given out for this scope; raises ``CursorRefused``."""
        payload = self._verified(text)
        version, own_scope, backward, number, values = orjson.loads(payload)
        if version != _VERSION:
            raise CursorRefused("This cursor is from another version; start again without it.")
        if own_scope != scope:
            raise CursorRefused(
                "This cursor belongs to a list with other filters or another order; "
                "send the same ones, or start again without a cursor."
            )
        return Cursor(scope, bool(backward), tuple(_value(value) for value in values), number)

    def _verified(self, text: str) -> bytes:
        unknown = CursorRefused("This is not a cursor that this platform gave out.")
        if len(text) > CURSOR_CHARACTERS_MAX or not text.isascii():
            raise unknown
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except binascii.Error:
            raise unknown from None
        signature, payload = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(payload)):
            raise unknown
        return payload

    def _signature(self, payload: bytes) -> bytes:
        return hmac.digest(self._key, payload, "sha256")[:SIGNATURE_BYTES]


def _plain(value: Value) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("a list is ordered by aware instants only")
        return {_INSTANT: (value - _EPOCH) // timedelta(milliseconds=1)}
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise TypeError(f"a list cannot be ordered by a {type(value).__name__}")


def _value(plain: Any) -> Value:
    if isinstance(plain, dict):
        return _EPOCH + timedelta(milliseconds=plain[_INSTANT])
    return plain  # type: ignore[no-any-return]
