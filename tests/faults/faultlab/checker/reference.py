"""The slow reference: what a payment must look like, folded from its upstream events alone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from faultlab.checker.logs import LogRecord

STATUS_OF = {"created": "CREATED", "pending": "CREATED", "failed": "FAILED", "paid": "PAID"}
RANK = {"created": 0, "pending": 1, "failed": 2, "paid": 3}
TYPE_PREFIX, TYPE_SUFFIX = "upstream.payment.", ".v1"

Identity = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Fact:
    """One upstream record that says something about a payment."""

    source: str
    id: str
    kind: str
    payment: str
    at: datetime
    amount_minor: int
    currency: str
    record: LogRecord

    @property
    def identity(self) -> Identity:
        """The same event published twice has the same one."""
        return self.source, self.id


def read_fact(record: LogRecord) -> Fact | None:
    """The fact of a record, or None when it is none: then it must be a dead letter."""
    try:
        event = _event(record)
        kind = event["type"]
        if not (kind.startswith(TYPE_PREFIX) and kind.endswith(TYPE_SUFFIX)):
            return None
        kind = kind.removeprefix(TYPE_PREFIX).removesuffix(TYPE_SUFFIX)
        data = event["data"]
        if kind not in RANK or data["transaction_id"] != event["subject"]:
            return None
        return Fact(
            source=event["source"],
            id=event["id"],
            kind=kind,
            payment=event["subject"],
            at=instant(event["time"]),
            amount_minor=data["amount_minor"],
            currency=data["currency"],
            record=record,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _event(record: LogRecord) -> dict[str, Any]:
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


@dataclass(frozen=True, slots=True)
class Expected:
    """What a payment must be once all its facts have been folded, in whatever order."""

    facts: dict[Identity, Fact]
    """First record of each event, in order of place."""
    status: str
    amount_minor: int
    currency: str
    paid_at: datetime | None
    failed_at: datetime | None

    @property
    def in_one_partition(self) -> bool:
        """Whether the log itself has an order for these facts."""
        return len({fact.record.partition for fact in self.facts.values()}) == 1


def status_after(kinds: Sequence[str]) -> str:
    """The status that the highest of these facts gives: paid > failed > pending > created."""
    return STATUS_OF[max(kinds, key=lambda kind: RANK[kind])]


def fold(facts: Sequence[Fact]) -> dict[str, Expected]:
    """Every payment as it must be, by id, from facts in the order of their places."""
    payments: dict[str, dict[Identity, Fact]] = {}
    for fact in facts:
        payments.setdefault(fact.payment, {}).setdefault(fact.identity, fact)
    return {payment: _expected(unique) for payment, unique in payments.items()}


def _expected(unique: dict[Identity, Fact]) -> Expected:
    facts = list(unique.values())
    first = facts[0]
    return Expected(
        facts=unique,
        status=status_after([fact.kind for fact in facts]),
        amount_minor=first.amount_minor,
        currency=first.currency,
        paid_at=min((fact.at for fact in facts if fact.kind == "paid"), default=None),
        failed_at=min((fact.at for fact in facts if fact.kind == "failed"), default=None),
    )
