"""What upstream's records say, read anew: JSON or headers in, facts out."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from payops_testing.faultlab.checker.logs import LogRecord

KINDS = {
    "payment": ("created", "pending", "failed", "paid"),
    "refund": ("pending", "failed", "succeeded"),
    "dispute": ("opened", "won", "lost"),
}
TYPE_PREFIX, TYPE_SUFFIX = "upstream.", ".v1"

Identity = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Fact:
    """One upstream record that says something about a payment."""

    source: str
    id: str
    kind: str
    """As histories name it, such as ``payment_paid``."""
    payment: str
    about: str | None
    """The refund or the dispute; None when it is the payment itself."""
    at: datetime
    amount_minor: int
    currency: str
    content: str
    """All that it says, the same for every way to write it."""
    record: LogRecord

    @property
    def identity(self) -> Identity:
        """The same event published twice has the same one."""
        return self.source, self.id


def read_fact(record: LogRecord) -> Fact | None:
    """The fact of a record, or None when it is none: then it must be a dead letter."""
    try:
        event = read_event(record)
        kind = event["type"]
        if not (kind.startswith(TYPE_PREFIX) and kind.endswith(TYPE_SUFFIX)):
            return None
        family, _, word = kind.removeprefix(TYPE_PREFIX).removesuffix(TYPE_SUFFIX).partition(".")
        data = event["data"]
        if word not in KINDS.get(family, ()) or data["transaction_id"] != event["subject"]:
            return None
        at = instant(event["time"])
        return Fact(
            source=event["source"],
            id=event["id"],
            kind=f"{family}_{word}",
            payment=event["subject"],
            about=None if family == "payment" else data[f"{family}_id"],
            at=at,
            amount_minor=data["amount_minor"],
            currency=data["currency"],
            content=json.dumps([kind, event["subject"], at.isoformat(), data], sort_keys=True),
            record=record,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def read_event(record: LogRecord) -> dict[str, Any]:
    """What a record says, in either mode; raises for what is not JSON or lacks an attribute."""
    body = json.loads(record.value or b"", parse_constant=_no_such_number)
    headers = {name: (value or b"") for name, value in record.headers}
    if "ce_specversion" not in headers:
        return dict(body)
    names = ("id", "source", "type", "subject", "time")
    return {name: headers[f"ce_{name}"].decode() for name in names} | {"data": body}


def _no_such_number(word: str) -> NoReturn:
    raise ValueError(word)


def instant(text: str) -> datetime:
    """An RFC 3339 text to the millisecond, UTC."""
    at = datetime.fromisoformat(text).astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
