"""Which rows somebody means: those that they ticked, or every row of a filter."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from backoffice.components.list_page import Asked
from payops_contracts.pages import ListPage

IDS, MORE_IDS, ALL_OF = "ids", "more_ids", "all_of"
IDS_MAX = 10_000
"""Rows that the gateway takes one by one; more are a filter."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rows by id, or with ``everything`` all that ``asked`` shows."""

    asked: Asked
    ids: Sequence[str]
    everything: bool = False

    @property
    def body(self) -> dict[str, Any]:
        """As the gateway's bulk actions take it."""
        return self.asked.choice if self.everything else {"ids": list(self.ids)}


def chosen_of(declared: ListPage, sent: Sequence[tuple[str, str]]) -> Chosen:
    """What the selection's form says: boxes of the page, ids of other pages, or a whole filter."""
    form = dict(sent)
    if form.get(ALL_OF, "").startswith("?"):
        return Chosen(Asked.of(declared, parse_qsl(form[ALL_OF][1:])), (), everything=True)
    ticked = [value for name, value in sent if name == IDS]
    further = form.get(MORE_IDS, "").split()
    return Chosen(Asked(declared), list(dict.fromkeys((*ticked, *further)))[:IDS_MAX])
