"""The provider catalogue through its changes."""

from collections.abc import Iterable
from dataclasses import dataclass

from checkout_rules.domain.catalogue import Ability, Catalogue, Pair
from checkout_rules.domain.rule import Doing
from checkout_rules.domain.rule_set import ActiveRule


@dataclass(slots=True)
class KeptCatalogue:
    """The aggregate: the catalogue with its last change; None for the built-in one."""

    catalogue: Catalogue
    changed: Doing | None = None

    @property
    def version(self) -> int:
        """Rises with each change."""
        return self.catalogue.version

    def change(self, pairs: Iterable[tuple[Pair, Ability]], doing: Doing) -> bool:
        """Say something else from now on; False when it says the same."""
        new = Catalogue.of(self.version + 1, pairs)
        if new.abilities == self.catalogue.abilities:
            return False
        self.catalogue, self.changed = new, doing
        return True


def affected(
    rules: Iterable[ActiveRule], before: Catalogue, after: Catalogue
) -> dict[ActiveRule, tuple[Pair, ...]]:
    """The rules that lose pairs by a change, with those: gone, or disabled."""
    lost = {
        rule: tuple(
            pair
            for pair in before.enabled(rule.terms.pairs)
            if pair not in after.enabled(rule.terms.pairs)
        )
        for rule in rules
    }
    return {rule: pairs for rule, pairs in lost.items() if pairs}
