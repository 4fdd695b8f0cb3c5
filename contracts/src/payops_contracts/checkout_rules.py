"""Checkout rules: which provider-payment method pairs a checkout offers, and when.

Domain events travel on `payops.checkout-rules` (key = rule id) and carry the state after the
change. The limits here hold for whoever writes rules, and for the contexts that they are asked
with.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from payops_contracts.attributes import PATH_LENGTH_MAX as PATH_LENGTH_MAX
from payops_contracts.attributes import VALUE_LENGTH_MAX as VALUE_LENGTH_MAX
from payops_contracts.descriptions import Part
from payops_contracts.envelope import DomainEnvelope, KeptAttribute
from payops_contracts.fields import PATH_LEVELS_MAX as PATH_LEVELS_MAX
from payops_contracts.fields import KeptIdentifierOf, KeptInstant, KeptSlug, Text, WholeNumber
from payops_contracts.ids import RuleId
from payops_contracts.money import AmountMinor, Currency
from payops_contracts.provider_catalogue import ProviderCatalogueChangedV1

DEFAULT_RULE = RuleId("default")
"""The rule that answers when no other does; it has no conditions and cannot be removed."""

ACTIVE_RULES_MAX = 500
CONDITIONS_MAX = 50
"""Match lists and custom conditions of a rule, together."""
LIST_VALUES_MAX = 100
"""Values of one match list, or of one ``in``."""
PAIRS_MAX = 50
"""Pairs of one rule."""
NAME_LENGTH_MAX = 100
TERMS_BYTES_MAX = 32 * 1024
"""Of one version of a rule, written as JSON without blanks, in UTF-8."""
PRIORITY_MAX = 100_000
CONTEXT_KEYS_MAX = 200
"""Values in one context, those of the objects within it counted."""
CONTEXT_TEXT_MAX = 2_000
"""Characters of one text in a context."""
CONTEXTS_MAX = 1_000
"""Contexts that are evaluated in one call."""


class RuleStatus(StrEnum):
    """Where a rule stands."""

    DRAFT = "DRAFT"
    """It answers nothing yet."""
    ACTIVE = "ACTIVE"
    """It is tried at every checkout; a newer version of it may be a draft."""
    ARCHIVED = "ARCHIVED"
    """It was removed, and can be restored as a draft."""


class RuleOperator(StrEnum):
    """How a custom condition compares what the context has at its path with its own value."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    IN = "in"
    NOT_IN = "not_in"
    GREATER_THAN = "greater_than"
    GREATER_OR_EQUAL_THAN = "greater_or_equal_than"
    LESS_THAN = "less_than"
    LESS_OR_EQUAL_THAN = "less_or_equal_than"


LIST_OPERATORS = frozenset({RuleOperator.IN, RuleOperator.NOT_IN})
"""They compare with a list."""
ORDER_OPERATORS = frozenset(
    {
        RuleOperator.GREATER_THAN,
        RuleOperator.GREATER_OR_EQUAL_THAN,
        RuleOperator.LESS_THAN,
        RuleOperator.LESS_OR_EQUAL_THAN,
    }
)
"""They compare numbers, and nothing else."""


class RuleEvent(StrEnum):
    """What a row of a rule's history tells, and ``change.event`` of a domain event."""

    CREATED = "rule_created"
    CHANGED = "rule_changed"
    """A version was saved as a draft."""
    ACTIVATED = "rule_activated"
    MOVED = "rule_moved"
    """It has another priority."""
    ARCHIVED = "rule_archived"
    RESTORED = "rule_restored"
    """An older version was saved again as a draft."""


class RuleFinding(StrEnum):
    """What is found before a rule is activated."""

    NO_PAIRS = "no_pairs"
    UNKNOWN_PAIR = "unknown_pair"
    PRIORITY_TAKEN = "priority_taken"
    NEVER_MATCHES = "never_matches"
    """Its own conditions exclude each other."""
    SHADOWED = "shadowed"
    """One earlier rule holds wherever it does."""
    SHADOWED_TOGETHER = "shadowed_together"
    """Wherever it holds, one of several earlier rules does."""
    OVERLAP = "overlap"
    """It holds where an earlier rule with other pairs does, and each holds where the other does
    not."""
    EXCEPTION_FIRST = "exception_first"
    """It holds wherever an earlier rule with other pairs does, and elsewhere: mostly as meant."""
    USELESS_PAIR = "useless_pair"
    """All that the rule lets through needs what the pair cannot do."""
    PAIR_DISABLED = "pair_disabled"
    NO_PAIR_LEFT = "no_pair_left"
    """None of its pairs is enabled."""
    DEFAULT_WITHOUT_PAIRS = "default_without_pairs"
    """Something falls to the default, and that has no enabled pair."""


class Severity(StrEnum):
    """What a finding means for an activation."""

    ERROR = "error"
    """It is refused."""
    WARNING = "warning"
    """It has to be accepted."""
    NOTE = "note"
    """It is good to know."""


SEVERITY = {
    RuleFinding.NO_PAIRS: Severity.ERROR,
    RuleFinding.UNKNOWN_PAIR: Severity.ERROR,
    RuleFinding.PRIORITY_TAKEN: Severity.ERROR,
    RuleFinding.NEVER_MATCHES: Severity.WARNING,
    RuleFinding.SHADOWED: Severity.WARNING,
    RuleFinding.SHADOWED_TOGETHER: Severity.WARNING,
    RuleFinding.OVERLAP: Severity.WARNING,
    RuleFinding.EXCEPTION_FIRST: Severity.NOTE,
    RuleFinding.USELESS_PAIR: Severity.WARNING,
    RuleFinding.PAIR_DISABLED: Severity.NOTE,
    RuleFinding.NO_PAIR_LEFT: Severity.WARNING,
    RuleFinding.DEFAULT_WITHOUT_PAIRS: Severity.WARNING,
}

Value = (
    StrictBool
    | StrictInt
    | Annotated[float, Field(strict=True, allow_inf_nan=False)]
    | Annotated[StrictStr, Field(max_length=VALUE_LENGTH_MAX)]
)
"""A text, a number or true and false; never compared with one of another kind."""
Values = Annotated[tuple[Value, ...], Field(min_length=1, max_length=LIST_VALUES_MAX)]
"""Values of one kind."""
Path = Annotated[str, Field(min_length=1, max_length=PATH_LENGTH_MAX)]
"""Where a context has what is compared, such as ``basket/quantity``."""


class AmountCondition(Part):
    """Holds for an amount of the currency within both bounds, themselves included."""

    currency: Currency
    min_minor: AmountMinor | None = None
    """Null for no lower bound; in minor units of ``currency``."""
    max_minor: AmountMinor | None = None
    """Null for no upper bound; in minor units of ``currency``."""


class MatchCondition(Part):
    """Holds when what the context has under the key is one of the values."""

    key: Path
    values: Values


class CustomCondition(Part):
    """Holds when what the context has at the path compares so; never when nothing is there."""

    path: Path
    operator: RuleOperator
    value: Value | Values
    """A list for ``in`` and ``not_in``."""


class ProviderMethodPair(Part):
    """A way to pay: who takes the money, and how."""

    provider: KeptSlug
    method: KeptSlug


class RuleTerms(Part):
    """What one version of a rule says: all its conditions must hold, then its pairs are offered."""

    name: Annotated[str, Field(max_length=NAME_LENGTH_MAX)]
    amount: AmountCondition | None = None
    match_lists: Annotated[tuple[MatchCondition, ...], Field(max_length=CONDITIONS_MAX)] = ()
    custom_conditions: Annotated[tuple[CustomCondition, ...], Field(max_length=CONDITIONS_MAX)] = ()
    pairs: Annotated[tuple[ProviderMethodPair, ...], Field(max_length=PAIRS_MAX)]
    """In the order in which they are offered."""


class RuleChange(Part):
    """What happened to a rule in the step that an event reports."""

    event: KeptSlug
    """The history's event name, such as ``rule_activated``; its label is in ``labels``."""
    occurred_at: KeptInstant
    status_before: RuleStatus | None
    """Null when the step created the rule."""
    actor: Annotated[str, Field(max_length=128)]
    reason: Text | None = None
    version: Annotated[int, WholeNumber(ge=1)]
    """The version that the step is about."""
    priority_before: Annotated[int, WholeNumber(ge=1, le=PRIORITY_MAX)] | None = None
    """Of a rule that was moved."""
    cause_source: KeptAttribute
    """Source of the request behind the step."""
    cause_id: KeptAttribute
    """Id of the request behind the step."""


class RuleData(Part):
    """A rule after a step: its whole state, and the step itself."""

    rule_id: KeptIdentifierOf[RuleId]
    status: RuleStatus
    """Status after the step."""
    priority: Annotated[int, WholeNumber(ge=1, le=PRIORITY_MAX)] | None = None
    """The lowest number is tried first; null for ``default``, which is tried last."""
    version: Annotated[int, WholeNumber(ge=1)]
    """Of the terms that were saved last."""
    terms: RuleTerms
    """The terms that were saved last."""
    active_version: Annotated[int, WholeNumber(ge=1)] | None = None
    """The version that answers; null when none does."""
    active_terms: RuleTerms | None = None
    """The terms that answer."""
    rule_set_version: Annotated[int, WholeNumber(ge=1)]
    """Of all active rules together, after the step; decisions name it."""
    change: RuleChange


class _RuleEvent(DomainEnvelope):
    data: RuleData


class RuleCreatedV1(_RuleEvent):
    """A rule was written for the first time, as a draft."""

    type: Literal["payops.checkout-rule.created.v1"]


class RuleChangedV1(_RuleEvent):
    """A version was saved as a draft; what answers is as it was."""

    type: Literal["payops.checkout-rule.changed.v1"]


class RuleActivatedV1(_RuleEvent):
    """Its last version answers from now on."""

    type: Literal["payops.checkout-rule.activated.v1"]


class RuleMovedV1(_RuleEvent):
    """It has another priority; one event for each rule that was moved in one step."""

    type: Literal["payops.checkout-rule.moved.v1"]


class RuleArchivedV1(_RuleEvent):
    """It was removed and answers no more."""

    type: Literal["payops.checkout-rule.archived.v1"]


class RuleRestoredV1(_RuleEvent):
    """An older version was saved again as a draft, of an archived rule too."""

    type: Literal["payops.checkout-rule.restored.v1"]


CheckoutRuleEvent = Annotated[
    RuleCreatedV1
    | RuleChangedV1
    | RuleActivatedV1
    | RuleMovedV1
    | RuleArchivedV1
    | RuleRestoredV1
    | ProviderCatalogueChangedV1,
    Field(discriminator="type"),
]
