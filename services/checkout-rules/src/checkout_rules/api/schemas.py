"""What goes over the wire. Amounts are integer minor units."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, SkipValidation, StrictBool

from checkout_rules.api.hits import HourHits
from payops_contracts.checkout_rules import (
    CONDITIONS_MAX,
    LIST_VALUES_MAX,
    NAME_LENGTH_MAX,
    PAIRS_MAX,
    PATH_LENGTH_MAX,
    PRIORITY_MAX,
    VALUE_LENGTH_MAX,
    ProviderMethodPair,
    RuleFinding,
    RuleOperator,
    RuleStatus,
    Severity,
)
from payops_contracts.fields import EXACT_FLOAT_MAX, SEEN
from payops_contracts.money import MAX_AMOUNT_MINOR, Currency
from payops_kernel.free_text import FreeText
from payops_kernel.http.given import Given, OrAbsent, Whole, seen, some
from payops_kernel.http.paths import ID_CHARACTERS_MAX


def _text(characters_max: int) -> Any:
    """A text of which every character is seen."""
    return Field(min_length=1, max_length=characters_max, pattern=SEEN)


RULES_MAX = 500
"""Rules in one request."""
Id = Annotated[str, seen(ID_CHARACTERS_MAX)]
Priority = Annotated[int, Whole(1, PRIORITY_MAX)]
Minor = Annotated[int, Whole(0, MAX_AMOUNT_MINOR)]
Number = Annotated[float, Field(ge=-EXACT_FLOAT_MAX, le=EXACT_FLOAT_MAX)]
Value = Annotated[str, _text(VALUE_LENGTH_MAX)] | Number | bool
Values = Annotated[list[Value], some(LIST_VALUES_MAX)]


class AmountIn(Given):
    """An amount within bounds, themselves included; one of them at least."""

    currency: Currency
    min_minor: OrAbsent[Minor] = None
    max_minor: OrAbsent[Minor] = None


class MatchIn(Given):
    """What is under the key is one of the values, all of one kind."""

    key: Annotated[str, _text(PATH_LENGTH_MAX)]
    values: Values


class CustomIn(Given):
    """What is at the path, such as `basket/quantity`, compares so."""

    path: Annotated[str, _text(PATH_LENGTH_MAX)]
    operator: RuleOperator
    value: Value | Values = Field(description="A list for `in` and `not_in`.")


class PairIn(Given):
    """A pair of the catalogue."""

    provider: Annotated[str, _text(64)]
    method: Annotated[str, _text(64)]


class TermsIn(Given):
    """What a version of a rule says: all conditions must hold, then its pairs are offered."""

    name: Annotated[str, _text(NAME_LENGTH_MAX)]
    amount: OrAbsent[AmountIn] = None
    match_lists: Annotated[list[MatchIn], some(CONDITIONS_MAX)] = Field(default_factory=list)
    custom_conditions: Annotated[list[CustomIn], some(CONDITIONS_MAX)] = Field(default_factory=list)
    pairs: Annotated[list[PairIn], some(PAIRS_MAX)] = Field(
        description="In the order in which they are offered."
    )


GivenTerms = SkipValidation[TermsIn]
"""As it came: the domain reads it, and points at all that is wrong."""


class RuleIn(Given):
    """A rule as somebody writes it."""

    terms: GivenTerms
    priority: OrAbsent[Priority] = Field(
        None, description="The lowest number is tried first. Absent: as it is, a new rule last."
    )
    reason: OrAbsent[FreeText] = None


class RuleCheckIn(Given):
    """A rule to be checked as if it were active."""

    rule_id: OrAbsent[Id] = Field(None, description="Absent for a new one.")
    terms: GivenTerms
    priority: OrAbsent[Priority] = None


class ReasonIn(Given):
    """Why."""

    reason: OrAbsent[FreeText] = None


class ActivationIn(ReasonIn):
    """Whether warnings of the checks are no hindrance."""

    accept_warnings: StrictBool = False


class OrderIn(ReasonIn):
    """Every active rule but `default`, in the order in which they are to be tried."""

    rule_ids: Annotated[list[Id], some(RULES_MAX)]


class RuleIdsIn(Given):
    """Some rules."""

    rule_ids: Annotated[list[Id], some(RULES_MAX)]


class BulkDeleteIn(RuleIdsIn):
    """The rules to be removed, all or none."""

    reason: OrAbsent[FreeText] = None
    steps: dict[Id, Annotated[int, Whole(1, 10**9)]] = Field(
        default_factory=dict,
        max_length=RULES_MAX,
        description="The `step` of each rule as the preview showed it: another one is a 412.",
    )


class PairOut(BaseModel):
    """A provider-payment method pair."""

    provider: str
    method: str
    label: str
    enabled: bool = Field(description="Whether the catalogue has it, and enabled.")


class RuleAnswer(BaseModel):
    """Where a rule stands after a command."""

    rule_id: str
    name: str
    status: RuleStatus
    status_label: str
    priority: int | None
    version: int
    active_version: int | None
    has_draft: bool
    step: int = Field(description="The number in the ETag.")
    rule_set_version: int


class NamedRule(BaseModel):
    """A rule that a finding names."""

    rule_id: str | None = Field(description="Null for a rule that is not saved yet.")
    name: str


class FindingOut(BaseModel):
    """One thing that the checks found."""

    code: RuleFinding
    label: str
    severity: Severity = Field(
        description="An `error` refuses an activation, a `warning` has to be accepted."
    )
    severity_label: str
    detail: str
    rules: list[NamedRule] = Field(description="The one that it is about, then the others.")
    pairs: list[ProviderMethodPair] = Field(description="Those that it is about.")
    example: dict[str, Any] | None = Field(description="A context to which it happens.")
    pointer: str | None = Field(description="Into what was checked, such as `/terms/pairs/0`.")


class FindingsOut(BaseModel):
    """What the checks found, errors first."""

    findings: list[FindingOut]


class ActivationAnswer(RuleAnswer):
    """The rule that answers from now on, and what was found of it."""

    findings: list[FindingOut]


class OrderAnswer(BaseModel):
    """The rule set's new version, and the rules that have another priority."""

    version: int
    moved: list[RuleAnswer]


class RemovalOut(BaseModel):
    """What removing a rule would do."""

    rule_id: str
    allowed: bool
    why_not: str | None
    name: str | None = None
    status: RuleStatus | None = None
    status_label: str | None = None
    priority: int | None = None
    step: int | None = None


class RemovalsOut(BaseModel):
    """A removal for each rule that was asked about, in that order."""

    items: list[RemovalOut]
    allowed: bool = Field(description="Whether all of them can be removed together.")
    active: int = Field(description="How many of them answer: then an approver is needed.")


class RemovedOut(BaseModel):
    """The rules that were removed."""

    items: list[RuleAnswer]


class VersionOut(BaseModel):
    """One version of a rule's terms."""

    version: int
    terms: dict[str, Any]
    conditions: list[str]
    pairs: list[PairOut]
    saved_at: datetime
    saved_by: str
    restored_from: int | None
    active: bool


class VersionsOut(BaseModel):
    """Every version, the newest first."""

    items: list[VersionOut]


class RuleHistoryOut(BaseModel):
    """One step of a rule."""

    event: str
    label: str
    occurred_at: datetime
    actor: str
    reason: str | None
    version: int
    status: RuleStatus
    status_label: str
    priority_before: int | None


class Allowed(BaseModel):
    """Whether something can be done with it as it stands, whoever asks."""

    allowed: bool
    why_not: str | None


class RuleActions(BaseModel):
    """What can be done."""

    change: Allowed
    activate: Allowed
    remove: Allowed
    restore: Allowed


class RuleDetail(BaseModel):
    """One rule with everything that its page shows."""

    rule_id: str
    name: str
    priority: int | None = Field(description="Null for `default`, which is tried last.")
    status: RuleStatus
    status_label: str
    has_draft: bool
    version: int = Field(description="Of the terms that were saved last.")
    active_version: int | None
    step: int = Field(description="The number in the ETag.")
    rule_set_version: int
    changed_at: datetime
    changed_by: str
    terms: dict[str, Any] = Field(description="Those that were saved last.")
    conditions: list[str]
    pairs: list[PairOut]
    active_terms: dict[str, Any] | None = Field(description="Those that answer.")
    active_conditions: list[str]
    active_pairs: list[PairOut]
    history: list[RuleHistoryOut] = Field(description="Newest first.")
    actions: RuleActions
    hits_day: int = Field(description="In this hour and the 23 before it.")
    hits_by_hour: list[HourHits] = Field(
        description="Of the same hours, the oldest first. Hits are added up in each process and "
        "written every 5 seconds."
    )


class TriedRule(BaseModel):
    """A rule that answers."""

    rule_id: str
    name: str
    version: int
    priority: int | None
    conditions: list[str]
    pairs: list[PairOut]


class RuleSetOut(BaseModel):
    """All rules that answer, in the order in which they are tried."""

    version: int
    catalogue_version: int
    rules: list[TriedRule]
