"""The rules by which a process answers now: the newest version that it was told of, compiled."""

from checkout_rules.domain.evaluator import Evaluator
from checkout_rules.domain.rule_set import RuleSet


class CurrentRules:
    """One evaluator at a time, replaced as a whole: who has taken it keeps that one to the end."""

    def __init__(self, rule_set: RuleSet) -> None:
        self._evaluator = Evaluator(rule_set)

    @property
    def evaluator(self) -> Evaluator:
        """What answers now. Many contexts that belong together are asked of one."""
        return self._evaluator

    @property
    def version(self) -> tuple[int, int]:
        """Of the rule set, and of the catalogue that it was compiled with."""
        return _version(self._evaluator.rule_set)

    def take(self, rule_set: RuleSet) -> bool:
        """Answer by these rules from now on; one that is not newer, told late or twice, is left.

        Returns whether they are taken. Both versions only ever rise: rules and catalogue of one
        rule set are read together.
        """
        if _version(rule_set) <= self.version:
            return False
        self._evaluator = Evaluator(rule_set)
        return True


def _version(rule_set: RuleSet) -> tuple[int, int]:
    return rule_set.version, rule_set.catalogue.version
