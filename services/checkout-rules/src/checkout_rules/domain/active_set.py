"""Which version of which rule answers, with which priority: one thing that changes as a whole.

Whoever has rules answer, move, or answer no more, changes it in the same transaction, so that two
at once never both do; so does who changes the catalogue.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from checkout_rules.domain.errors import PriorityTaken, TooManyRules
from checkout_rules.domain.rule import Doing, Rule
from payops_contracts.checkout_rules import ACTIVE_RULES_MAX
from payops_contracts.ids import RuleId

ACTIVE = "active"
"""Its id: there is one."""


class Slot(NamedTuple):
    """A rule's place."""

    priority: int | None
    """None for ``default`` alone."""
    version: int
    """Of its terms."""


class SetChange(NamedTuple):
    """The last change of the set: who did what, and when."""

    what: str
    """The history's event name of the rules, or the catalogue's."""
    about: str
    """The ids of the rules, or the catalogue's."""
    by: str
    at: datetime


@dataclass(slots=True)
class ActiveSet:
    """The aggregate. ``version`` rises with each change, and decisions name it."""

    version: int = 0
    rules: dict[RuleId, Slot] = field(default_factory=dict)
    changed: SetChange | None = None

    def take(self, rules: Iterable[Rule], doing: Doing) -> None:
        """Have rules be tried as they are now, or no more.

        Raises ``PriorityTaken`` and ``TooManyRules``.
        """
        given = list(rules)
        for each in given:
            if each.active_number is None:
                self.rules.pop(each.id, None)
            else:
                self.rules[each.id] = Slot(each.priority, each.active_number)
        self._check(given)
        row = given[-1].history[-1]
        self.note(row.event.value, ", ".join(each.id for each in given), doing)
        for each in given:
            each.rule_set_version = self.version

    def note(self, what: str, about: str, doing: Doing) -> None:
        """One change more: nobody else changes anything in the meantime."""
        self.version += 1
        self.changed = SetChange(what, about, doing.by, doing.at)

    def _check(self, given: Iterable[Rule]) -> None:
        if len(self.rules) > ACTIVE_RULES_MAX:
            raise TooManyRules(f"At most {ACTIVE_RULES_MAX} rules are active at a time.")
        new = {each.id for each in given}
        taken: dict[int | None, RuleId] = {}
        for rule_id, slot in sorted(self.rules.items(), key=lambda each: each[0] in new):
            if slot.priority in taken:
                raise PriorityTaken.by(taken[slot.priority], slot.priority or 0)
            taken[slot.priority] = rule_id
