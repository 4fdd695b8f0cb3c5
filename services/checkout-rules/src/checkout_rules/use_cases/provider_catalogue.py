"""The provider catalogue is changed, and whoever offers what is lost is told."""

from collections.abc import Sequence
from typing import Any

from checkout_rules.domain.active_set import ACTIVE
from checkout_rules.domain.catalogue import Ability, Catalogue, Pair
from checkout_rules.domain.errors import CatalogueChanged
from checkout_rules.domain.kept_catalogue import KeptCatalogue, affected
from checkout_rules.domain.rule_set import ActiveRule
from checkout_rules.domain.writing import written_catalogue
from checkout_rules.use_cases.rulebook import Rulebook, doing_of
from payops_contracts.operation_labels import AUDIT_ACTION
from payops_contracts.provider_catalogue import CATALOGUE_ID
from payops_kernel.ports import CommandAnswer, Work

CHANGE = "provider-catalogue.change"


class ChangeCatalogue:
    """The use case behind ``PUT /v1/provider-catalogue``."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book

    async def __call__(
        self, work: Work, seen: int, pairs: Sequence[tuple[Pair, Ability]]
    ) -> CommandAnswer:
        """200 with the catalogue and the rules that lose pairs; those answer without them.

        ``seen`` is the version that the caller read; raises ``CatalogueChanged`` for another one.
        """
        kept = await work.load(self._book.catalogues, CATALOGUE_ID)
        if kept.version != seen:
            raise _overtaken(kept)
        active = await work.load(self._book.sets, ACTIVE)
        rules = (await work.read(self._book.reads.active)).rules
        before, doing = kept.catalogue, doing_of(work)
        lost: dict[ActiveRule, tuple[Pair, ...]] = {}
        if kept.change(pairs, doing):
            lost = affected(rules, before, kept.catalogue)
            active.note(CHANGE, CATALOGUE_ID, doing)
            self._book.save_set(work, active)
            work.save(kept)
            work.audit(
                CHANGE, "provider-catalogue", CATALOGUE_ID, **_differences(before, kept.catalogue)
            )
        told = [
            {
                "rule_id": rule.id,
                "name": rule.terms.name,
                "pairs": [{**each._asdict(), "label": each.words()} for each in pairs_lost],
                "left": len(kept.catalogue.enabled(rule.terms.pairs)),
            }
            for rule, pairs_lost in lost.items()
        ]
        return CommandAnswer(200, catalogue_answer(kept) | {"affected": told})


def catalogue_answer(kept: KeptCatalogue) -> dict[str, Any]:
    """A ``CatalogueOut``."""
    changed = kept.changed
    return {
        "version": kept.version,
        "pairs": [
            each | {"label": pair.words()}
            for pair, each in zip(
                kept.catalogue.abilities, written_catalogue(kept.catalogue), strict=True
            )
        ],
        "changed_at": None if changed is None else changed.at,
        "changed_by": None if changed is None else changed.by,
    }


def _differences(before: Catalogue, after: Catalogue) -> dict[str, dict[str, Any]]:
    """What an audit record says: the pairs that are not the same."""
    said = [
        {f"{each['provider']}/{each['method']}": each for each in written_catalogue(it)}
        for it in (before, after)
    ]
    return {
        name: {pair: it for pair, it in one.items() if other.get(pair) != it}
        for name, one, other in (("before", said[0], said[1]), ("after", said[1], said[0]))
    }


def _overtaken(kept: KeptCatalogue) -> CatalogueChanged:
    """Who changed it, and when."""
    changed = kept.changed
    if changed is None:
        said = f"It is version {kept.version}, as it was shipped."
        return CatalogueChanged(said, version=kept.version)
    return CatalogueChanged(
        f"{changed.by} made version {kept.version} on {changed.at:%d %b %Y %H:%M:%S} UTC. Look at "
        "it again; nothing of yours was saved.",
        changed={"event": CHANGE, "label": AUDIT_ACTION[CHANGE], "at": changed.at,
                 "by": changed.by, "reason": changed.reason},
        version=kept.version,
    )  # fmt: skip
