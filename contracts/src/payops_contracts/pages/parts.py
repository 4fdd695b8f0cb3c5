"""What every part of the configuration of pages is made of: ids, labels, roles, icons, paths."""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
)
from pydantic.json_schema import SkipJsonSchema

from payops_contracts import labels

PATTERNS = {
    (ID := r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$"): (
        "it is written in small letters and digits, with - or _ between words"
    ),
    (FIELD_PATH := r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$"): (
        "it names a value in an answer, such as amount_minor or payment.method"
    ),
    (PAGE_PATH := r"^/([a-z0-9{}_/-]*[a-z0-9}])?$"): (
        "it is an address in the backoffice, such as /transactions"
    ),
    (RESOURCE_PATH := r"^/v1(/[a-z0-9{}_-]+)+$"): (
        "it is a path of the gateway's, such as /v1/transactions"
    ),
    (ICON := r"^[a-z0-9]+(-[a-z0-9]+)*$"): ("it is the name of a Lucide icon, such as arrow-right"),
    (LETTER := "^[a-z]$"): "it is one small letter",
    (SORT := r"^-?[a-z][a-z0-9_]*$"): "it is a field, with - before it to descend",
    (ADDRESS := r"^[!-~]+$"): "it is an address without blanks, in ASCII",
}
"""What a text has to look like, and that in words."""

Id = Annotated[str, Field(max_length=64, pattern=ID)]
"""The name of an entry in its table: ``created_at``, ``dead-letters``."""
FieldPath = Annotated[str, Field(max_length=128, pattern=FIELD_PATH)]
"""Where a value lies in an answer: ``amount_minor``, ``payment.method``."""
Icon = Annotated[str, Field(max_length=64, pattern=ICON)]
"""A Lucide icon's name."""
PagePath = Annotated[str, Field(max_length=200, pattern=PAGE_PATH)]
"""An address within the backoffice; of a detail with its id: ``/transactions/{transaction_id}``."""
ResourcePath = Annotated[str, Field(max_length=200, pattern=RESOURCE_PATH)]
"""A path of the gateway's that is read by GET, as its OpenAPI document writes it."""
Values = Annotated[list[Annotated[str, Field(min_length=1, max_length=128)]], Field(max_length=50)]
"""Values of one filter; one of them is enough."""

Words = Annotated[str, Field(min_length=1, max_length=300)]


class Part(BaseModel):
    """A table of the file: what it does not know, it refuses."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Translated(Part):
    """A text in each language of the backoffice."""

    en: Words
    it: Words


def _is_translated(label: Any) -> str:
    return "languages" if isinstance(label, dict | Translated) else "words"


Label = Annotated[
    Annotated[Words, Tag("words")] | Annotated[Translated, Tag("languages")],
    Discriminator(_is_translated),
]
"""English words, translated where the backoffice knows them; or the text in each language."""


def in_language(label: Label, language: str, translate: Callable[[str], str]) -> str:
    """The label as it is shown; ``translate`` is gettext of that language."""
    if isinstance(label, Translated):
        return label.it if language == "it" else label.en
    return translate(label)


class Entry(Part):
    """One entry of a table whose entries have ids: its id is its name there."""

    id: SkipJsonSchema[Id]
    """Not written in the file: it is the entry's name."""


class Role(StrEnum):
    """What a caller needs; each includes the ones before it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    ADMIN = "admin"


class Vocabulary(StrEnum):
    """A list of words in ``labels``; its words are shown for values, and colour chips."""

    TRANSACTION_STATUS = "transaction_status"
    PAYMENT_TYPE = "payment_type"
    TRANSACTION_EVENT = "transaction_event"
    TRANSACTION_FLAG = "transaction_flag"
    REFUND_STATUS = "refund_status"
    DISPUTE_STATUS = "dispute_status"
    METHOD = "method"
    PROVIDER = "provider"
    CHANNEL = "channel"
    NOTIFICATION_CHANNEL = "notification_channel"
    KPI_STATUS = "kpi_status"
    JOB_KIND = "job_kind"
    JOB_STATE = "job_state"
    JOB_ROW_STATE = "job_row_state"
    DEAD_LETTER_STATE = "dead_letter_state"
    DEAD_LETTER_REASON = "dead_letter_reason"
    AUDIT_ACTION = "audit_action"
    AUDIT_TARGET = "audit_target"
    CHARGE_STATUS = "charge_status"
    CHARGE_TYPE = "charge_type"
    CHARGE_EVENT = "charge_event"
    CHARGE_EXCEPTION = "charge_exception"
    DEBIT_EXCEPTION_STATE = "debit_exception_state"
    ATTEMPT_STATUS = "attempt_status"
    FAILED_REASON = "failed_reason"
    RAIL = "rail"
    BATCH_STATUS = "batch_status"
    BATCH_ORIGIN = "batch_origin"
    BATCH_EVENT = "batch_event"
    BATCH_STAGE = "batch_stage"
    CYCLE_STATUS = "cycle_status"
    CYCLE_EVENT = "cycle_event"
    CYCLE_FINDING = "cycle_finding"
    SUBSCRIPTION_STATUS = "subscription_status"
    SUBSCRIPTION_END_REASON = "subscription_end_reason"
    SUBSCRIPTION_INTERVAL = "subscription_interval"
    SUBSCRIPTION_EVENT = "subscription_event"
    BILLING_MODE = "billing_mode"
    MEMBER_STANDING = "member_standing"
    MEMBER_EVENT = "member_event"

    @property
    def labels(self) -> dict[str, str]:
        """The words by value."""
        words: dict[str, str] = getattr(labels, self.name)
        return words


class Kind(StrEnum):
    """How a value is shown."""

    TEXT = "text"
    ID = "id"
    """Cut in the middle, with a copy button."""
    CHIP = "chip"
    """A state: colour and icon of its vocabulary."""
    INSTANT = "instant"
    """Date and time in the user's zone."""
    AGE = "age"
    """How long ago an instant was, which hovering says."""
    DAY = "day"
    DAYS = "days"
    """Several days, separated by commas."""
    MONEY = "money"
    """Minor units, with the currency beside them."""
    SUMS = "sums"
    """Several amounts, one a currency: a list of ``{currency, amount_minor}``."""
    NUMBER = "number"
    PERCENT = "percent"
    """Millionths: 220000 is 22.00%."""
    RATE = "rate"
    """A share in percent, answered as ``75.40%``."""
    OUT_OF = "out-of"
    """A number out of another, answered as ``1 of 3``."""
    EMAIL = "email"
    LIST = "list"
    """Several words, separated by commas."""
    YES_NO = "yes-no"
    JSON = "json"


class Shown(Entry):
    """A value that is shown: a column of a table, a field of a section."""

    label: Label
    kind: Kind = Kind.TEXT
    path: FieldPath | None = None
    """Where it lies in the row or answer; left out, under its own name."""
    words: Vocabulary | None = None
    """What its values are called."""
    currency: FieldPath | None = None
    """Of money: where its currency lies; left out, ``currency`` beside it."""
    hint: Label | None = None
    """A sentence that explains it."""
    optional: bool = False
    """Of a field: left out where there is no value, instead of "-"."""
    opens: Id | None = None
    """Of an id: the detail page that it leads to."""

    @property
    def at(self) -> str:
        """Where the value lies in the row or answer, in steps separated by dots."""
        return self.path or self.id

    @property
    def currency_at(self) -> str:
        """Where the currency of money lies."""
        if self.currency:
            return self.currency
        beside, _, _ = self.at.rpartition(".")
        return f"{beside}.currency" if beside else "currency"


def placeholders(text: str) -> list[str]:
    """What stands in braces: in a title, an address, a link."""
    return re.findall(r"\{([^{}]*)\}", text)


def value_at(answer: Any, path: str) -> Any:
    """The value at a path of an answer; None where the path ends early."""
    for step in path.split("."):
        answer = answer.get(step) if isinstance(answer, dict) else None
    return answer


E = TypeVar("E", bound=Entry)


def _named(entries: Any) -> Any:
    """Each entry with its id in it, so that it can go about alone."""
    if not isinstance(entries, dict):
        return entries
    return {
        name: {"id": name, **entry} if isinstance(entry, dict) else entry
        for name, entry in entries.items()
    }


def _by_their_names(entries: dict[str, E]) -> dict[str, E]:
    for name, entry in entries.items():
        if entry.id != name:
            raise ValueError(f"'{name}' is its own id: take the line id = \"{entry.id}\" away")
    return entries


Entries = Annotated[dict[Id, E], BeforeValidator(_named), AfterValidator(_by_their_names)]
"""A table of entries, in the order in which they are shown."""
