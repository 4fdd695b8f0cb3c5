"""The mapping of subscriptions: which column or constant is which part of one, and when it was
paid.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal, Self

from pydantic import model_validator

from payops_local.importing.mapping import Mapping


class Part(StrEnum):
    """A part of a subscription that a column or a constant may give."""

    SUBSCRIPTION_ID = "subscription_id"
    USER_ID = "user_id"
    USER_NAME = "user_name"
    USER_EMAIL = "user_email"
    USER_PHONE = "user_phone"
    AMOUNT = "amount"
    CURRENCY = "currency"
    PROVIDER = "provider"
    METHOD = "method"
    CHANNEL = "channel"
    INTERVAL = "interval"
    INTERVAL_COUNT = "interval_count"
    DESCRIPTION = "description"
    PAYMENTS = "payments"
    STARTED_ON = "started_on"
    PAYMENTS_MAX = "payments_max"
    EXPIRES_ON = "expires_on"
    ENDED = "ended"
    ENDED_ON = "ended_on"
    END_REASON = "end_reason"


COLUMNS_NEEDED = (Part.SUBSCRIPTION_ID, Part.AMOUNT, Part.PAYMENTS)
NEEDED = (
    Part.USER_ID, Part.CURRENCY, Part.PROVIDER, Part.METHOD, Part.CHANNEL, Part.INTERVAL,
)  # fmt: skip


class SubscriptionsMapping(Mapping):
    """One row is one subscription with all its payments, billed by its provider."""

    kind: Literal["subscriptions"]
    columns: dict[Part, str]
    """Part → name of the column."""
    constants: dict[Part, str] = {}
    """Part → what it is when there is no column, or the cell is empty."""
    values: dict[Part, dict[str, str]] = {}
    """Part → the file's words → ours; a word that is not there passes through."""
    paid_last_on: date | None = None
    """The day of each subscription's latest payment, from which the others are counted back, for a
    file that does not say when each began."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        lacking = [part for part in COLUMNS_NEEDED if part not in self.columns]
        if lacking:
            raise ValueError(f"[columns] must name the column of {', '.join(lacking)}")
        given = self.columns.keys() | self.constants.keys()
        lacking = [part for part in NEEDED if part not in given]
        if lacking:
            raise ValueError(f"neither [columns] nor [constants] says {', '.join(lacking)}")
        if self.paid_last_on is None and Part.STARTED_ON not in given:
            raise ValueError("neither paid_last_on nor started_on says when payments were made")
        if Part.ENDED in given and Part.ENDED_ON not in given:
            raise ValueError("ended is given, and neither [columns] nor [constants] says ended_on")
        return self
