"""How a transaction is found by its customer: words as people type them, in any form."""

from functools import lru_cache

from payops_kernel.search_text import searchable, without_apostrophes, words_of
from transactions.domain.facts import Description

FORM = 3
"""Which words are kept. Raise it with every change: the next start renews what is stored."""
WORDS_MAX = 100
"""As many as a name of 200 characters can have."""
PHRASE_CHARACTERS_MAX = 64
"""Of a name from one of its words on. A longer search finds what begins as it does."""
CUSTOMERS_KEPT = 16_384
"""Whose words are remembered: a payment is written several times in a row."""
CUSTOMER_PREFIX = "\x1f"
"""Counts as white space, which :func:`typed` takes away: nobody can type it into a search."""


def search_words(d: Description) -> list[str]:
    """What a search or a customer filter may name, each matched from its beginning.

    The customer's id (as written, behind :data:`CUSTOMER_PREFIX`), e-mail, and the name from each
    of its words on; an apostrophe joins two words and divides them, as people type it.
    """
    return search_words_of(d.user_id, d.user_email, d.user_name)


def search_words_of(user_id: str, email: str | None, name: str | None) -> list[str]:
    """The same of the parts that matter."""
    return list(_words(user_id, email, name))


@lru_cache(CUSTOMERS_KEPT)
def _words(user_id: str, email: str | None, name: str | None) -> tuple[str, ...]:
    found = [CUSTOMER_PREFIX + user_id]
    if email:
        found.append(searchable(email))
    if name:
        found += _phrases(name, name)
        apart = without_apostrophes(name)
        if apart != name:
            found += _phrases(apart, name)
    return tuple(filter(None, dict.fromkeys(found)))


def _phrases(said: str, name: str) -> list[str]:
    # A name without a letter, such as an emoji, is its own word.
    words = words_of(said)[:WORDS_MAX] or [searchable(name)]
    return [_phrase(words[first:]) for first in range(len(words))]


def typed(text: str) -> list[str]:
    """What somebody typed, in the forms in which words are kept: e-mail, name, customer's id."""
    forms = [form for form in dict.fromkeys((searchable(text), _phrase(words_of(text)))) if form]
    return [*forms, CUSTOMER_PREFIX + text.strip()] if forms else []


def _phrase(words: list[str]) -> str:
    return " ".join(words[: PHRASE_CHARACTERS_MAX // 2])[:PHRASE_CHARACTERS_MAX]
