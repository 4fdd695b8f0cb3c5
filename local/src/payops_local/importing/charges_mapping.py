"""The mapping of charges: which column or constant is which part of an upstream charge."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import model_validator

from payops_local.importing.mapping import Mapping


class Part(StrEnum):
    """A part of a charge that a column or a constant may give."""

    CHARGE_ID = "charge_id"
    CREATED_AT = "created_at"
    MPASS_NUMBER = "mpass_number"
    USER_ID = "user_id"
    USER_NAME = "user_name"
    USER_EMAIL = "user_email"
    USER_PHONE = "user_phone"
    BILLING_CODE = "billing_code"
    BILLING_CYCLE_CODE = "billing_cycle_code"
    TYPE = "type"
    AMOUNT = "amount"
    CURRENCY = "currency"
    RAIL = "rail"
    TAX = "tax"
    DESCRIPTION = "description"


COLUMNS_NEEDED = (Part.CHARGE_ID, Part.CREATED_AT, Part.MPASS_NUMBER, Part.AMOUNT)
NEEDED = (Part.USER_ID, Part.BILLING_CODE, Part.TYPE, Part.CURRENCY, Part.RAIL)


class ChargesMapping(Mapping):
    """One row is one charge, as settlement raised it."""

    kind: Literal["charges"]
    columns: dict[Part, str]
    """Part → name of the column."""
    constants: dict[Part, str] = {}
    """Part → what it is when there is no column, or the cell is empty."""
    values: dict[Part, dict[str, str]] = {}
    """Part → the file's words → ours; a word that is not there passes through."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        lacking = [part for part in COLUMNS_NEEDED if part not in self.columns]
        if lacking:
            raise ValueError(f"[columns] must name the column of {', '.join(lacking)}")
        given = self.columns.keys() | self.constants.keys()
        lacking = [part for part in NEEDED if part not in given]
        if lacking:
            raise ValueError(f"neither [columns] nor [constants] says {', '.join(lacking)}")
        return self
