"""A rule through its life: every version kept, one of them active, the rest to be looked at.

What people save is a draft; activating is a step of its own. Priority belongs to the rule, not to a
version of its terms, so that moving a rule makes none. Each step is a history row and one more in
``version``, which counts steps; versions of terms have numbers of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from checkout_rules.domain.errors import (
    AlreadyArchived,
    DefaultStays,
    NothingToActivate,
    OrderIncomplete,
    TooManyVersions,
    VersionUnknown,
)
from checkout_rules.domain.rule_set import ActiveRule, Terms
from payops_contracts.checkout_rules import DEFAULT_RULE, RuleEvent, RuleStatus
from payops_contracts.ids import RuleId

VERSIONS_MAX = 400
"""With ``TERMS_BYTES_MAX`` and its history a rule stays below what a document may have."""
HISTORY_ROWS_MAX = 1_000
"""The newest; all of them are in the events."""


class Doing(NamedTuple):
    """Who does something, when and why."""

    by: str
    at: datetime
    reason: str | None = None
    traceparent: str | None = None


class Version(NamedTuple):
    """One version of a rule's terms."""

    number: int
    terms: Terms
    saved_at: datetime
    saved_by: str
    restored_from: int | None = None
    """The older version whose terms it has again."""


class HistoryRow(NamedTuple):
    """One step: what happened, by whom, and the status after it."""

    event: RuleEvent
    doing: Doing
    status: RuleStatus
    version: int
    priority_before: int | None = None


class Step(NamedTuple):
    """A history row that is new, with what an event about it needs."""

    row: HistoryRow
    status_before: RuleStatus | None


@dataclass(slots=True)
class Rule:
    """The aggregate. ``version`` counts its steps."""

    id: RuleId
    priority: int | None
    """None for ``default`` alone."""
    versions: list[Version] = field(default_factory=list)
    active_number: int | None = None
    """The version that answers."""
    archived: bool = False
    version: int = 0
    rule_set_version: int = 1
    """Of all active rules together, after its last step."""
    history: list[HistoryRow] = field(default_factory=list)
    step: Step | None = None

    @classmethod
    def created(cls, rule_id: RuleId, priority: int | None, terms: Terms, doing: Doing) -> "Rule":
        """A new one, as a draft."""
        rule = cls(rule_id, priority)
        rule.versions.append(Version(1, terms, doing.at, doing.by))
        rule._record(RuleEvent.CREATED, doing, None)
        return rule

    @property
    def is_default(self) -> bool:
        """Whether it answers when no other does."""
        return self.id == DEFAULT_RULE

    @property
    def status(self) -> RuleStatus:
        """Where it stands; an active one may have a newer version as a draft."""
        if self.archived:
            return RuleStatus.ARCHIVED
        return RuleStatus.DRAFT if self.active_number is None else RuleStatus.ACTIVE

    @property
    def latest(self) -> Version:
        """The version that was saved last."""
        return self.versions[-1]

    @property
    def has_draft(self) -> bool:
        """Whether its last version does not answer."""
        return not self.archived and self.latest.number != self.active_number

    @property
    def active(self) -> ActiveRule | None:
        """What the rule set has of it."""
        if self.active_number is None:
            return None
        version = self.numbered(self.active_number)
        return ActiveRule(self.id, version.number, self.priority, version.terms)

    @property
    def candidate(self) -> ActiveRule:
        """What the rule set would have of it if its last version were activated."""
        return ActiveRule(self.id, self.latest.number, self.priority, self.latest.terms)

    def numbered(self, number: int) -> Version:
        """A version by its number; raises ``VersionUnknown``."""
        if not 1 <= number <= len(self.versions):
            raise VersionUnknown(f"The rule {self.id} has versions 1 to {len(self.versions)}.")
        return self.versions[number - 1]

    def save(self, terms: Terms, doing: Doing) -> None:
        """Keep terms as a draft; what answers stays as it is. Terms that say the same make no step.

        Raises ``AlreadyArchived``, ``DefaultStays``, ``TooManyVersions``.
        """
        self.check_changeable()
        if terms != self.latest.terms:
            before = self.status
            self._keep(terms, doing)
            self._record(RuleEvent.CHANGED, doing, before)

    def activate(self, doing: Doing) -> None:
        """Have the last version answer. Whether the rule set takes it is asked there.

        Raises ``AlreadyArchived``, ``NothingToActivate``.
        """
        self.check_activatable()
        before = self.status
        self.active_number = self.latest.number
        self._record(RuleEvent.ACTIVATED, doing, before)

    def archive(self, doing: Doing) -> None:
        """Remove it: it answers no more, and its versions stay.

        Raises ``DefaultStays``, ``AlreadyArchived``.
        """
        self.check_removable()
        before = self.status
        self.archived, self.active_number = True, None
        self._record(RuleEvent.ARCHIVED, doing, before)

    def restore(self, number: int, doing: Doing) -> None:
        """Save an older version's terms again, as a draft; an archived rule is one from then on.

        Raises ``VersionUnknown``, ``TooManyVersions``.
        """
        terms, before = self.numbered(number).terms, self.status
        self._keep(terms, doing, restored_from=number)
        self.archived = False
        self._record(RuleEvent.RESTORED, doing, before)

    def move(self, priority: int, doing: Doing) -> None:
        """Give it another priority. Whether the rule set takes it is asked there.

        Raises ``DefaultStays``, ``AlreadyArchived``.
        """
        if self.is_default:
            raise DefaultStays("The default rule is tried last.")
        self.check_changeable()
        if priority != self.priority:
            before, self.priority = self.priority, priority
            self._record(RuleEvent.MOVED, doing, self.status, priority_before=before)

    def check_changeable(self) -> None:
        """Raise ``AlreadyArchived`` for one that was removed."""
        if self.archived:
            raise AlreadyArchived("The rule was removed: restore one of its versions first.")

    def check_activatable(self) -> None:
        """Raise ``AlreadyArchived`` or ``NothingToActivate``, if it is so."""
        self.check_changeable()
        if not self.has_draft:
            raise NothingToActivate("Its last version answers already: save a change first.")

    def check_removable(self) -> None:
        """Raise ``DefaultStays`` or ``AlreadyArchived``, if it is so."""
        if self.is_default:
            raise DefaultStays("The default rule cannot be removed.")
        self.check_changeable()

    def check_restorable(self) -> None:
        """Raise ``TooManyVersions`` when no version more can be kept."""
        if len(self.versions) >= VERSIONS_MAX:
            raise TooManyVersions("It has as many versions as can be kept: write a new rule.")

    def _keep(self, terms: Terms, doing: Doing, restored_from: int | None = None) -> None:
        if self.is_default and terms.conditions:
            raise DefaultStays("The default rule has no conditions.")
        self.check_restorable()
        number = self.latest.number + 1
        self.versions.append(Version(number, terms, doing.at, doing.by, restored_from))

    def _record(
        self,
        event: RuleEvent,
        doing: Doing,
        before: RuleStatus | None,
        priority_before: int | None = None,
    ) -> None:
        row = HistoryRow(event, doing, self.status, self.latest.number, priority_before)
        self.history.append(row)
        del self.history[:-HISTORY_ROWS_MAX]
        self.version += 1
        self.step = Step(row, before)


def reordered(tried: Sequence[ActiveRule], wanted: Sequence[RuleId]) -> dict[RuleId, int]:
    """The priorities that active rules change to, so that they are tried in the wanted order.

    The priorities in use are dealt out anew: as few rules as possible are moved. Raises
    ``OrderIncomplete`` unless each active rule but ``default`` is wanted once.
    """
    movable = {
        each.id: each.priority
        for each in tried
        if not each.is_default and each.priority is not None
    }
    if sorted(wanted) != sorted(movable):
        missing, unknown = sorted(movable.keys() - {*wanted}), sorted({*wanted} - movable.keys())
        raise OrderIncomplete(
            "The order names each active rule once, without the default.",
            missing=missing,
            unknown=unknown,
        )
    dealt = zip(wanted, sorted(movable.values()), strict=True)
    return {rule_id: priority for rule_id, priority in dealt if movable[rule_id] != priority}
