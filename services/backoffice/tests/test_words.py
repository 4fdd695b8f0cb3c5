"""Every word that people read is there in every language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

import backoffice
from backoffice.words import LANGUAGES, SOURCE, Words, catalogue, files, preferred
from payops_contracts import labels
from payops_contracts.pages import default_pages

PACKAGE = Path(backoffice.__file__).parent
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "word": None,
    "words": None,
    "many": (1, 2),
}
LABELS = {
    "label", "title", "subtitle", "about", "search", "hint", "empty", "empty_title", "confirm",
}  # fmt: skip
"""Members of a page's declaration that are words."""
OTHERS = sorted(set(LANGUAGES) - {SOURCE})


def said() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """Every word in sources and templates, every label of contracts and pages: where, and what.

    A word with a plural is both of them.
    """
    for path in sorted((*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.html"))):
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        with path.open("rb") as source:
            for _, found, _, _ in extract(method, source, KEYWORDS, options={"silent": "false"}):
                yield path.name, found
    for name, known in vars(labels).items():
        if name.isupper() and isinstance(known, dict):
            yield from ((name, each) for each in known.values())
    yield from (("defaults.toml", each) for each in labelled(default_pages().model_dump()))


def labelled(declared: Any) -> Iterator[str]:
    """The texts of a declaration that people read."""
    for name, value in declared.items() if isinstance(declared, dict) else ():
        if name in LABELS and isinstance(value, str):
            yield value
        yield from labelled(value)


def single(found: str | Sequence[str]) -> str:
    """The word, or its singular: what catalogues find it by."""
    return found if isinstance(found, str) else found[0]


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_has_its_translation(language: str) -> None:
    known = catalogue(language)
    missing = {
        (where, each)
        for where, each in said()
        if (message := known.get(single(each))) is None or not message.string
    }
    assert missing == set()


def test_words_are_found_in_sources_templates_and_contracts() -> None:
    found = {single(each) for _, each in said()}
    assert {"Dashboard", "Skip to content", "Preferences saved", "Paid", "Queued"} <= found


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_names_the_same_values_as_its_key(language: str) -> None:
    for file in files(language):
        with file.open("rb") as opened:
            for message in read_po(opened, locale=language):
                if message.id:
                    errors = [str(error) for error in message.check()]
                    assert errors == [], f"{file.name}: {message.id}"
                    assert not message.fuzzy, f"{file.name}: {message.id}"


@pytest.mark.parametrize("language", OTHERS)
def test_no_catalogue_keeps_a_word_that_nobody_says(language: str) -> None:
    needed = {single(each) for _, each in said()}
    known = {single(message.id) for message in catalogue(language) if message.id}
    assert known - needed == set()


def test_a_word_is_said_in_the_language_with_its_values() -> None:
    assert Words("it")("Copy %(text)s", text="x") == "Copia x"
    assert Words("en")("Copy %(text)s", text="x") == "Copy x"
    assert Words("it")("a word that no catalogue has") == "a word that no catalogue has"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("it-IT,it;q=0.9,en;q=0.8", "it"), ("de,fr;q=0.5", "en"), ("", "en"), ("de, EN-gb", "en")],
)
def test_the_browsers_first_language_that_pages_speak_is_taken(
    accepted: str, language: str
) -> None:
    assert preferred(accepted, "en") == language
