"""Subscriptions: one row of a file → that it was agreed, each payment of it, and its end.

All ids are made of what is said, so that any machine repeats them. The provider bills them: PayOps
would ask for whatever an imported one that it bills itself has not paid since the file was made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from functools import cache
from hashlib import blake2b
from typing import Any

import orjson
from pydantic import ValidationError

from payops_contracts.envelope import DATA_CONTENT_TYPE
from payops_contracts.registry import adapter_of
from payops_contracts.subscription_facts import INTERVAL_COUNT_MAX, PAYMENTS_MAX
from payops_contracts.subscriptions import BillingMode, Interval
from payops_contracts.topics import UPSTREAM_PAYMENTS, UPSTREAM_SUBSCRIPTIONS, Topic
from payops_local.event_publisher import message
from payops_local.importing.cells import BadRow
from payops_local.importing.kind import Convert, Imported, Kind, Opened
from payops_local.importing.mapping import find_mapping, load_mapping
from payops_local.importing.parts import Cells, given, index_of, said_by_contract, written
from payops_local.importing.subscriptions_mapping import Part, SubscriptionsMapping
from payops_local.recurrence import day_of_period

DIGEST_BYTES = 8
NOON = time(12)
"""When a payment is made on its day, and whatever else the file says by the day alone."""
YES, NO = "yes", "no"

Data = dict[str, Any]


class SubscriptionRows:
    """Turns the cells of one file's rows into events; made from the mapping and the header."""

    def __init__(self, mapping: SubscriptionsMapping, header: Sequence[str]) -> None:
        """Raises PlatformError when a column that the mapping names is not there, or twice."""
        self._mapping = mapping
        self._columns = {
            part: index_of(header, column, part) for part, column in mapping.columns.items()
        }
        self._noon = cache(self._noon_of)

    def convert(self, cells: Sequence[str]) -> Imported:
        """What the row says; raises BadRow."""
        cell = Cells(self._mapping, self._columns, cells)
        paid_on = self._days(cell)
        data = self._agreed(cell, paid_on)
        key, ended = data["subscription_id"], self._ended(cell, paid_on)
        events = [self._event("subscription.created", key, data["created_at"], data)]
        if ended is not None:
            said = {"subscription_id": key} | given(reason=cell.text(Part.END_REASON))
            events.append(self._event("subscription.ended", key, self._noon(ended), said))
        paid = [self._paid(each) for each in self._payments(data, cell, paid_on)]
        return Imported(
            key=key,
            content=orjson.dumps([data, len(paid), ended]),
            events=tuple(events),
            currency=data["currency"],
            amount_minor=data["amount_minor"] * len(paid),
            others=tuple(
                message(UPSTREAM_PAYMENTS.name, transaction_id, event)
                for transaction_id, event in paid
            ),
        )

    def _days(self, cell: Cells) -> list[date]:
        """The day of each payment, and behind them that of the next one."""
        interval, count = self._recurrence(cell)
        made = _number(cell, Part.PAYMENTS, 0, PAYMENTS_MAX)
        last = self._mapping.paid_last_on
        try:
            if cell.text(Part.STARTED_ON) or last is None:
                first = self._day(cell, Part.STARTED_ON)
            else:
                first = day_of_period(last, interval, count, 1 - made)
            return [day_of_period(first, interval, count, each) for each in range(made + 1)]
        except (ValueError, OverflowError):
            raise BadRow(f"{cell.name(Part.PAYMENTS)}: so many lie beyond the calendar") from None

    def _recurrence(self, cell: Cells) -> tuple[Interval, int]:
        word = cell.needed(Part.INTERVAL)
        if word not in Interval.__members__:
            known = ", ".join(Interval)
            raise BadRow(f"{cell.name(Part.INTERVAL)}: '{word[:40]}' is none of {known}")
        return Interval(word), _number(cell, Part.INTERVAL_COUNT, 1, INTERVAL_COUNT_MAX)

    def _agreed(self, cell: Cells, paid_on: Sequence[date]) -> Data:
        currency, (interval, count) = cell.needed(Part.CURRENCY), self._recurrence(cell)
        first, last = paid_on[0], self._mapping.paid_last_on
        created_on = first if last is None or len(paid_on) > 1 else min(first, last)
        bounds: Data = {}
        if cell.text(Part.PAYMENTS_MAX):
            bounds["payments_max"] = _number(cell, Part.PAYMENTS_MAX, 1, PAYMENTS_MAX)
        if cell.text(Part.EXPIRES_ON):
            bounds["expires_on"] = self._day(cell, Part.EXPIRES_ON).isoformat()
        user = {
            "id": cell.needed(Part.USER_ID),
            "name": cell.text(Part.USER_NAME),
            "email": cell.text(Part.USER_EMAIL),
            "phone": cell.text(Part.USER_PHONE),
        }
        return bounds | given(
            subscription_id=cell.needed(Part.SUBSCRIPTION_ID),
            created_at=self._noon(created_on),
            user=given(**user),
            amount_minor=cell.amount(Part.AMOUNT, currency),
            currency=currency,
            provider=cell.needed(Part.PROVIDER),
            method=cell.needed(Part.METHOD),
            interval=interval,
            interval_count=count,
            billing=BillingMode.PROVIDER,
            first_payment_on=first.isoformat(),
            description=cell.text(Part.DESCRIPTION),
        )

    def _ended(self, cell: Cells, paid_on: Sequence[date]) -> date | None:
        """The day on which it ended, if it did."""
        word = cell.text(Part.ENDED) or NO
        if word not in {YES, NO}:
            name = cell.name(Part.ENDED)
            raise BadRow(f"{name}: the mapping makes neither yes nor no of '{word[:40]}'")
        if word == NO:
            return None
        day = self._day(cell, Part.ENDED_ON)
        if len(paid_on) > 1 and day < paid_on[-2]:
            raise BadRow(f"{cell.name(Part.ENDED_ON)}: {day} lies before its last payment")
        return day

    def _payments(self, agreed: Data, cell: Cells, paid_on: Sequence[date]) -> Iterator[Data]:
        same = {
            name: agreed[name]
            for name in ("amount_minor", "currency", "provider", "method", "user")
        }
        item = {"quantity": 1, "amount_minor": agreed["amount_minor"]}
        description = agreed.get("description")
        for number, day in enumerate(paid_on[:-1], 1):
            yield (
                same
                | {
                    "transaction_id": f"{agreed['subscription_id']}-{number:03d}",
                    "created_at": self._noon(day),
                    "channel": cell.needed(Part.CHANNEL),
                    "type": "SUBSCRIPTION",
                    "subscription_id": agreed["subscription_id"],
                }
                | given(items=description and [item | {"description": description}])
            )

    def _paid(self, data: Data) -> tuple[str, bytes]:
        key = data["transaction_id"]
        return key, self._event("payment.paid", key, data["created_at"], data, UPSTREAM_PAYMENTS)

    def _event(
        self, fact: str, key: str, at: str, data: Data, topic: Topic = UPSTREAM_SUBSCRIPTIONS
    ) -> bytes:
        # The id says what is said: the same row is the same events on any machine.
        said = blake2b(orjson.dumps([fact, at, data]), digest_size=DIGEST_BYTES).hexdigest()
        event = orjson.dumps(
            {
                "specversion": "1.0",
                "id": f"{key}:{fact}:{said}",
                "source": self._mapping.source,
                "type": f"upstream.{fact}.v1",
                "subject": key,
                "time": at,
                "datacontenttype": DATA_CONTENT_TYPE,
                "data": data,
            }
        )
        try:
            adapter_of(topic.name).validate_json(event)
        except ValidationError as error:
            raise BadRow(said_by_contract(error)) from None
        return event

    def _day(self, cell: Cells, part: Part) -> date:
        return cell.instant(part).astimezone(self._mapping.dates.zone).date()

    def _noon_of(self, day: date) -> str:
        return written(datetime.combine(day, NOON, self._mapping.dates.zone).astimezone(UTC))


def _number(cell: Cells, part: Part, least: int, most: int) -> int:
    number = cell.quantity(part)
    if not least <= number <= most:
        raise BadRow(f"{cell.name(part)}: {number} is not within {least} and {most}")
    return number


def _open(name_or_file: str) -> Opened:
    mapping = load_mapping(name_or_file, SubscriptionsMapping)

    def converter(header: Sequence[str]) -> Convert:
        return SubscriptionRows(mapping, header).convert

    return Opened(find_mapping(name_or_file).stem, mapping.file, converter)


KIND = Kind("subscriptions", "subscriptions", UPSTREAM_SUBSCRIPTIONS, _open, (UPSTREAM_PAYMENTS,))
