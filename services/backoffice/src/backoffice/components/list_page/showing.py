"""For whom a list is shown: language, zone, roles, and the words of values."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from markupsafe import Markup

from backoffice.words import Words
from payops_contracts.pages import Label, Pages, Vocabulary, in_language
from payops_kernel.auth.principals import UserRole
from payops_kernel.zones import Zone


class ShowsValues(Protocol):
    """What cells need: values as text and markup, in one reader's language and zone."""

    @property
    def words(self) -> Words: ...

    def money(self, amount_minor: int | None, currency: str | None) -> str: ...

    def sums(self, amounts: Iterable[Mapping[str, Any]]) -> str: ...

    def instant(self, said: str) -> Markup: ...

    def zone_head(self) -> Markup: ...

    def age(self, said: str | None) -> str: ...
    def day(self, said: str) -> str: ...

    def rate(self, said: str) -> str: ...

    def count(self, number: int, is_capped: bool = False) -> str: ...

    def percent(self, millionths: int) -> str: ...

    def out_of(self, said: str) -> str: ...

    def chip(self, kind: str, state: str) -> Markup: ...


@dataclass(frozen=True, slots=True)
class Showing:
    """The reader of a page, and what there is to go to from it."""

    shown: ShowsValues
    reporting: Zone
    """The platform's zone: days of filters are its days."""
    pages: Pages
    may: Callable[[UserRole], bool]

    @property
    def words(self) -> Words:
        """The reader's language."""
        return self.shown.words

    @property
    def language(self) -> str:
        """Its code."""
        return self.shown.words.language

    def label(self, label: Label) -> str:
        """A declared label in the reader's language."""
        return in_language(label, self.language, self.words)

    def word_of(self, vocabulary: Vocabulary | None, value: str) -> str:
        """What a value is called; a value that nobody has named yet is shown as it is."""
        named = vocabulary.labels.get(value) if vocabulary else None
        return self.words(named) if named else value
