"""Payments: one row of a file → upstream payment events with ids that any machine repeats."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import orjson
from pydantic import ValidationError

from payops_contracts.envelope import DATA_CONTENT_TYPE
from payops_contracts.registry import adapter_of
from payops_contracts.topics import UPSTREAM_PAYMENTS
from payops_local.importing.cells import BadRow, number
from payops_local.importing.kind import Convert, Imported, Kind, Opened
from payops_local.importing.mapping import find_mapping, load_mapping
from payops_local.importing.parts import Cells, given, index_of, said_by_contract, written
from payops_local.importing.payments_mapping import Fact, Part, PaymentsMapping

DIGEST_BYTES = 8
CHANNEL_SEPARATOR = ";"
_HAPPENED_AT = {Fact.PAID: Part.PAID_AT, Fact.FAILED: Part.FAILED_AT}
_AS_THEY_ARE = (Part.PROVIDER, Part.METHOD, Part.CHANNEL, Part.TYPE)
_WHEN_GIVEN = (Part.LINK, Part.SUBSCRIPTION_ID, Part.PROVIDER_PAYMENT_ID)

Data = dict[str, Any]


class PaymentRows:
    """Turns the cells of one file's rows into events; made from the mapping and the header."""

    def __init__(self, mapping: PaymentsMapping, header: Sequence[str]) -> None:
        """Raises PlatformError when a column that the mapping names is not there, or twice."""
        self._mapping = mapping
        self._columns = {
            part: index_of(header, column, part) for part, column in mapping.columns.items()
        }
        self._texts, self._numbers = (
            {path: index_of(header, column, path) for path, column in columns.items()}
            for columns in (mapping.attributes, mapping.attribute_numbers)
        )
        self._adapter = adapter_of(UPSTREAM_PAYMENTS.name)

    def convert(self, cells: Sequence[str]) -> Imported:
        """What the row says; raises BadRow."""
        cell = Cells(self._mapping, self._columns, cells)
        data = self._description(cell) | self._attributes(cells)
        events = tuple(self._event(fact, data, cell) for fact in self._facts(cell))
        return Imported(
            key=data["transaction_id"],
            content=orjson.dumps(data),
            events=events,
            currency=data["currency"],
            amount_minor=data["amount_minor"],
        )

    def _facts(self, cell: Cells) -> Sequence[Fact]:
        events = self._mapping.events
        if not isinstance(events, dict):
            return events
        status = cell.needed(Part.STATUS)
        if status not in events:
            raise BadRow(f"{cell.name(Part.STATUS)}: the mapping does not know '{status[:40]}'")
        return events[status]

    def _description(self, cell: Cells) -> Data:
        currency = cell.needed(Part.CURRENCY)
        amount = cell.amount(Part.AMOUNT, currency)
        data: Data = {
            "transaction_id": cell.needed(Part.TRANSACTION_ID),
            "created_at": written(cell.instant(Part.CREATED_AT)),
            "amount_minor": amount,
            "currency": currency,
            "user": given(
                id=cell.needed(Part.USER_ID),
                name=cell.text(Part.USER_NAME),
                email=cell.text(Part.USER_EMAIL),
                phone=cell.text(Part.USER_PHONE),
            ),
        }
        data |= {part.value: cell.needed(part) for part in _AS_THEY_ARE}
        data |= given(**{part.value: cell.text(part) for part in _WHEN_GIVEN})
        channels = cell.text(Part.NOTIFICATION_CHANNELS)
        if channels:
            data["notification_channels"] = [
                each.strip() for each in channels.split(CHANNEL_SEPARATOR) if each.strip()
            ]
        if cell.text(Part.ITEM_DESCRIPTION):
            data["items"] = [_item(cell, amount, currency)]
        return data

    def _attributes(self, cells: Sequence[str]) -> Data:
        """Those whose cells are not empty."""
        mapping = self._mapping
        found: Data = {path: cells[n].strip() for path, n in self._texts.items()}
        for path, index in self._numbers.items():
            if text := cells[index].strip():
                found[path] = number(text, mapping.attribute_numbers[path], mapping.amounts)
        told = {path: value for path, value in sorted(found.items()) if value != ""}
        return {"attributes": told} if told else {}

    def _event(self, fact: Fact, description: Data, cell: Cells) -> bytes:
        data = description
        if fact is Fact.FAILED and cell.text(Part.FAILURE_CODE):
            code, words = cell.needed(Part.FAILURE_CODE), cell.text(Part.FAILURE_MESSAGE)
            data = description | {"failure": given(code=code, message=words)}
        happened = _HAPPENED_AT.get(fact)
        at = description["created_at"]
        if happened is not None and cell.text(happened):
            at = written(cell.instant(happened))
        # The id says what is said: the same row is the same event on any machine, and a row that
        # was changed since is another one, which the platform refuses when it changes the amount.
        said = blake2b(orjson.dumps([fact, at, data]), digest_size=DIGEST_BYTES).hexdigest()
        key = description["transaction_id"]
        event = orjson.dumps(
            {
                "specversion": "1.0",
                "id": f"{key}:{fact}:{said}",
                "source": self._mapping.source,
                "type": f"upstream.payment.{fact}.v1",
                "subject": key,
                "time": at,
                "datacontenttype": DATA_CONTENT_TYPE,
                "data": data,
            }
        )
        try:
            self._adapter.validate_json(event)
        except ValidationError as error:
            raise BadRow(said_by_contract(error)) from None
        return event


def _item(cell: Cells, amount: int, currency: str) -> Data:
    tax = cell.amount(Part.ITEM_TAX, currency) if cell.text(Part.ITEM_TAX) else 0
    return {
        "description": cell.needed(Part.ITEM_DESCRIPTION),
        "quantity": cell.quantity(Part.ITEM_QUANTITY),
        "amount_minor": amount,
        "tax_minor": tax,
    }


def _open(name_or_file: str) -> Opened:
    mapping = load_mapping(name_or_file, PaymentsMapping)

    def converter(header: Sequence[str]) -> Convert:
        return PaymentRows(mapping, header).convert

    return Opened(find_mapping(name_or_file).stem, mapping.file, converter)


KIND = Kind("payments", "payments", UPSTREAM_PAYMENTS, _open)
