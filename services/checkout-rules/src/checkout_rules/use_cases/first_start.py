"""The first start: the built-in catalogue, and ``default`` with all its pairs, which answers."""

from checkout_rules.domain.active_set import ACTIVE, ActiveSet
from checkout_rules.domain.catalogue import built_in
from checkout_rules.domain.kept_catalogue import KeptCatalogue
from checkout_rules.domain.rule import Rule
from checkout_rules.domain.rule_set import Terms
from checkout_rules.use_cases.rulebook import Rulebook, doing_of
from payops_contracts.checkout_rules import DEFAULT_RULE
from payops_contracts.provider_catalogue import CATALOGUE_ID
from payops_kernel.ports import Work

NAME = "Default"


class FirstStart:
    """Makes what is always there; of several processes one does."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book

    async def __call__(self, work: Work) -> None:
        """Nothing, when it is there."""
        if await work.find(self._book.sets, ACTIVE) is not None:
            return
        catalogue, doing = built_in(), doing_of(work)
        rule = Rule.created(DEFAULT_RULE, None, Terms(NAME, catalogue.all_pairs), doing)
        work.add(self._book.rules, rule.id, rule)
        active = ActiveSet()
        rule.activate(doing)
        active.take([rule], doing)
        work.save(rule)
        work.add(self._book.sets, ACTIVE, active)
        work.add(self._book.catalogues, CATALOGUE_ID, KeptCatalogue(catalogue))
