"""Every word that people read: English is the key, other languages are catalogues beside it.

``_("Refund")`` in templates, ``words("Refund")`` in Python, and ``word("Refund")`` where a word is
declared and translated later. ``locale/<language>/LC_MESSAGES/*.po`` are read at start, as many
files as there are areas of pages: a page brings its own.
"""

from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent / "locale"
SOURCE = "en"
"""The language of the keys; it needs no catalogue."""
LANGUAGES: Mapping[str, str] = {SOURCE: "English", "it": "Italiano"}
"""Languages that pages speak, each in its own name."""


def word(text: str) -> str:
    """Mark a text that is declared here and translated where it is shown."""
    return text


def files(language: str) -> list[Path]:
    """A language's catalogues."""
    return sorted((FOLDER / language / "LC_MESSAGES").glob("*.po"))


def catalogue(language: str) -> Catalog:
    """All of a language's catalogues in one; raises ``ValueError`` for two meanings of a word."""
    whole = Catalog(locale=language)
    for file in files(language):
        with file.open("rb") as opened:
            for message in read_po(opened, locale=language):
                known = whole.get(message.id)
                if message.id and known and known.string != message.string:
                    raise ValueError(f"{file.name}: {message.id!r} has another translation already")
                whole[message.id] = message
    return whole


@cache
def translations(language: str) -> NullTranslations:
    """What gettext and Jinja ask; the keys themselves in :data:`SOURCE`."""
    if language == SOURCE:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return GNUTranslations(compiled)


class Words:
    """One language: ``words("Showing %(count)s", count=3)`` is a text of it."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._translations = translations(language)

    def __call__(self, text: str, /, **values: object) -> str:
        """The text in this language, with ``%(name)s`` filled in."""
        found = self._translations.gettext(text) if text else ""
        return found % values if values else found

    def many(self, one: str, several: str, number: int, **values: object) -> str:
        """The form for ``number``, which ``%(num)s`` stands for."""
        found = self._translations.ngettext(one, several, number)
        return found % {"num": number, **values}


def preferred(accepted: str, otherwise: str) -> str:
    """The first language of an ``Accept-Language`` header that pages speak."""
    for part in accepted.split(","):
        language = part.partition(";")[0].strip().partition("-")[0].lower()
        if language in LANGUAGES:
            return language
    return otherwise
