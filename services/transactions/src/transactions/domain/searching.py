"""How a transaction is found by its customer: words as people type them, in any case."""

from transactions.domain.facts import Description

WORDS_MAX = 8
CUSTOMER_PREFIX = "\x1f"
"""Counts as white space, which :func:`typed` takes away: nobody can type it into a search."""


def search_words(d: Description) -> list[str]:
    """What a search or a customer filter may name, each matched from its beginning.

    The customer's id (exact, behind :data:`CUSTOMER_PREFIX`), e-mail, and the name from each of
    its words on.
    """
    words = [CUSTOMER_PREFIX + d.user_id]
    if d.user_email:
        words.append(d.user_email.casefold())
    if d.user_name:
        name = typed(d.user_name).split()
        words += (" ".join(name[first:]) for first in range(len(name)))
    return list(dict.fromkeys(words))[:WORDS_MAX]


def typed(text: str) -> str:
    """What somebody typed, in the form in which words are kept."""
    return " ".join(text.casefold().split())
