"""Texts as the fonts can show them, so that a document never has a sign that stands for another.

In names and descriptions what only decorates (emoji, pictographs, their modifiers) is left out when
no font has it. Anything else that no font has makes the document unprintable: a name is not
guessed, and an identifier is never another one.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from payops_kernel.one_line import one_line
from transactions.invoicing.fonts import Font, fonts

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""Somebody upstream lost a character: what it was cannot be printed."""

_DECORATING = {"So", "Sk", "Me", "Cf"}
"""Categories: other symbols, modifiers (skin tones), enclosing marks (key caps), format."""
_VARIANTS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Choose among the forms of the character before them; fonts show the usual one without them."""


CLUSTERS_KEPT = 10_000
"""Characters whose font is remembered: a long document repeats few."""


class Decorated(str):
    """A text that says the same without what only decorates it: a name, a description."""

    __slots__ = ()


class FontCoverage:
    """One document's texts on their way to the layout: families that are needed, what is
    missing.
    """

    def __init__(self) -> None:
        self.missing: set[str] = set()
        self._needed: set[Font] = set()

    @property
    def families(self) -> list[str]:
        """The families that the texts need, in the order in which they are to be tried."""
        return [font.family for font in fonts() if font in self._needed or font is fonts()[0]]

    def all(self, value: Any) -> Any:
        """Every text in a JSON-like value, made printable."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {name: self.all(part) for name, part in value.items()}
        if isinstance(value, list | tuple):
            return [self.all(part) for part in value]
        return value

    def text(self, text: str) -> str:
        """One line of what can be shown; what cannot is added to ``missing``.

        A text of which nothing would be left is missing as a whole.
        """
        seen = _seen(text)
        shown = self._kept(seen, decorated=isinstance(text, Decorated))
        if seen and not shown and self.missing.isdisjoint(seen):
            self.missing.update(seen)
        return shown

    def leaves_out(self, text: str) -> bool:
        """Whether nothing would be left of a text, for all of it only decorates."""
        return not self._kept(_seen(text), decorated=True) and not self.missing

    def _kept(self, seen: str, *, decorated: bool) -> str:
        if fonts()[0].has(seen) and REPLACEMENT not in seen:
            return seen
        return one_line("".join(self._shown(each, decorated) for each in _clusters(seen)))

    def _shown(self, cluster: str, decorated: bool) -> str:
        placed = _placed(cluster, decorated)
        if placed is None:
            self.missing.update(_not_in_the_best_font(cluster))
            return ""
        form, font = placed
        self._needed.add(font)
        return form


@lru_cache(CLUSTERS_KEPT)
def _placed(cluster: str, decorated: bool) -> tuple[str, Font] | None:
    """The form of it that can be shown, and the font that has all of it; None without one."""
    if REPLACEMENT in cluster:
        return None
    plain = _VARIANTS.sub("", cluster)
    forms = [cluster, plain, unicodedata.normalize("NFKC", plain)]
    if decorated:
        forms.append(_undecorated(plain))
    return next(((form, font) for form in forms for font in fonts() if font.has(form)), None)


def _seen(text: str) -> str:
    return one_line(unicodedata.normalize("NFC", text))


def _clusters(text: str) -> Iterator[str]:
    """A character with the marks and joiners behind it: one font has to show them together."""
    cluster = ""
    for character in text:
        if cluster and not unicodedata.category(character).startswith(("M", "Cf")):
            yield cluster
            cluster = ""
        cluster += character
    yield cluster


def _undecorated(cluster: str) -> str:
    return "".join(c for c in cluster if unicodedata.category(c) not in _DECORATING)


def _not_in_the_best_font(cluster: str) -> set[str]:
    if REPLACEMENT in cluster:
        return {REPLACEMENT}
    plain = _VARIANTS.sub("", cluster)
    lacks = ({c for c in plain if ord(c) not in font.points} for font in fonts())
    return min(lacks, key=len)
