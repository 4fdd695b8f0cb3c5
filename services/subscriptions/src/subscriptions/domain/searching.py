"""How a subscription is found: by its id, and by who subscribed."""

from payops_kernel.search_text import searchable, words_of
from subscriptions.domain.facts import Customer

CUSTOMER_PREFIX = "\x1f"
"""Counts as white space, which :func:`typed` takes away: nobody can type it into a search."""
NAME_WORDS_MAX = 20


def search_words(subscription_id: str, customer: Customer) -> list[str]:
    """What a search or a customer filter may name, each matched from its beginning.

    The subscription's id in any form; the customer's id as written, behind
    :data:`CUSTOMER_PREFIX`; their e-mail, and their name from each of its words on.
    """
    words = words_of(customer.name or "")[:NAME_WORDS_MAX]
    found = [
        searchable(subscription_id),
        CUSTOMER_PREFIX + customer.id,
        searchable(customer.email or ""),
        *(" ".join(words[first:]) for first in range(len(words))),
    ]
    return list(filter(None, dict.fromkeys(found)))


def typed(text: str) -> list[str]:
    """What somebody typed, in the forms in which words are kept."""
    forms = [form for form in dict.fromkeys((searchable(text), " ".join(words_of(text)))) if form]
    return [*forms, CUSTOMER_PREFIX + text.strip()] if forms else []
