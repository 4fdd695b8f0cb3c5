"""Charges: one row of a file → an upstream charge event with an id that any machine repeats."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import orjson
from pydantic import ValidationError

from payops_contracts.envelope import DATA_CONTENT_TYPE
from payops_contracts.registry import adapter_of
from payops_contracts.topics import UPSTREAM_CHARGES
from payops_local.importing.cells import BadRow
from payops_local.importing.charges_mapping import ChargesMapping, Part
from payops_local.importing.kind import Convert, Imported, Kind, Opened
from payops_local.importing.mapping import find_mapping, load_mapping
from payops_local.importing.parts import Cells, given, index_of, said_by_contract, written

DIGEST_BYTES = 8
_AS_THEY_ARE = (Part.MPASS_NUMBER, Part.BILLING_CODE, Part.TYPE, Part.CURRENCY, Part.RAIL)
_WHEN_GIVEN = (Part.BILLING_CYCLE_CODE, Part.DESCRIPTION)


class ChargeRows:
    """Turns the cells of one file's rows into events; made from the mapping and the header."""

    def __init__(self, mapping: ChargesMapping, header: Sequence[str]) -> None:
        """Raises PlatformError when a column that the mapping names is not there, or twice."""
        self._mapping = mapping
        self._columns = {
            part: index_of(header, column, part) for part, column in mapping.columns.items()
        }
        self._adapter = adapter_of(UPSTREAM_CHARGES.name)

    def convert(self, cells: Sequence[str]) -> Imported:
        """What the row says; raises BadRow."""
        data = _raised(Cells(self._mapping, self._columns, cells))
        return Imported(
            key=data["charge_id"],
            content=orjson.dumps(data),
            events=(self._event(data),),
            currency=data["currency"],
            amount_minor=data["amount_minor"],
        )

    def _event(self, data: dict[str, Any]) -> bytes:
        # The id says what is said: the same row is the same event on any machine.
        said = blake2b(orjson.dumps(data), digest_size=DIGEST_BYTES).hexdigest()
        key = data["charge_id"]
        event = orjson.dumps(
            {
                "specversion": "1.0",
                "id": f"{key}:raised:{said}",
                "source": self._mapping.source,
                "type": "upstream.charge.raised.v1",
                "subject": key,
                "time": data["created_at"],
                "datacontenttype": DATA_CONTENT_TYPE,
                "data": data,
            }
        )
        try:
            self._adapter.validate_json(event)
        except ValidationError as error:
            raise BadRow(said_by_contract(error)) from None
        return event


def _raised(cell: Cells) -> dict[str, Any]:
    currency = cell.needed(Part.CURRENCY)
    data = {
        "charge_id": cell.needed(Part.CHARGE_ID),
        "created_at": written(cell.instant(Part.CREATED_AT)),
        "amount_minor": cell.amount(Part.AMOUNT, currency),
        "user": given(
            id=cell.needed(Part.USER_ID),
            name=cell.text(Part.USER_NAME),
            email=cell.text(Part.USER_EMAIL),
            phone=cell.text(Part.USER_PHONE),
        ),
    }
    data |= {part.value: cell.needed(part) for part in _AS_THEY_ARE}
    data |= given(**{part.value: cell.text(part) for part in _WHEN_GIVEN})
    if cell.text(Part.TAX):
        data["tax_minor"] = cell.amount(Part.TAX, currency)
    return data


def _open(name_or_file: str) -> Opened:
    mapping = load_mapping(name_or_file, ChargesMapping)

    def converter(header: Sequence[str]) -> Convert:
        return ChargeRows(mapping, header).convert

    return Opened(find_mapping(name_or_file).stem, mapping.file, converter)


KIND = Kind("charges", "charges", UPSTREAM_CHARGES, _open)
