"""How a charge and its attempts are found: by whatever somebody has in hand."""

from billing_debits.domain.attempts import Attempt
from billing_debits.domain.charge import Charge
from billing_debits.domain.exceptions import DebitException
from billing_debits.domain.facts import Payer
from payops_kernel.search_text import searchable, words_of

CONSUMPTION_PREFIX = "\x1f"
"""Counts as white space, which :func:`typed` takes away: nobody can type it into a search."""
NAME_WORDS_MAX = 20


def search_words(charge: Charge) -> list[str]:
    """What a search of charges may name, each matched from its beginning.

    Charge ID, mPass number, billing code, and every batch that it was ever in; behind
    :data:`CONSUMPTION_PREFIX` the consumption transactions that it is made of.
    """
    raised = charge.raised
    codes = [charge.id, raised.mpass_number, raised.billing_code, *charge.batches]
    words = [searchable(code) for code in codes]
    words += [CONSUMPTION_PREFIX + it.transaction_id for it in raised.consumption]
    return list(filter(None, dict.fromkeys(words)))


def attempt_words(charge: Charge, attempt: Attempt) -> list[str]:
    """What a search of attempts may name: TXN ID, User ID, user name from each of its words on,
    mPass number, billing and batch code."""
    raised = charge.raised
    codes = [attempt.debit_id, raised.payer.id, raised.mpass_number, raised.billing_code]
    codes += [] if attempt.batch is None else [attempt.batch]
    words = [searchable(code) for code in codes] + _phrases(raised.payer.name)
    return list(filter(None, dict.fromkeys(words)))


def exception_words(charge: Charge, exception: DebitException) -> list[str]:
    """What a search of exceptions may name: its id, Charge ID, TXN ID, mPass number, batch code."""
    attempt = charge.attempt(exception.debit_id)
    codes = [exception.id_of(charge.id), charge.id, charge.raised.mpass_number]
    codes += [] if exception.debit_id is None else [exception.debit_id]
    codes += [] if attempt is None or attempt.batch is None else [attempt.batch]
    return list(filter(None, dict.fromkeys(searchable(code) for code in codes)))


def batch_words(code: str, number: int) -> list[str]:
    """What a search of batches may name: its code, and each part of its date and time; its ID."""
    stem, _, rest = code.partition("-")
    words = [searchable(code), searchable(rest), str(number)]
    if stem == "MB" and len(rest) >= 6:
        words.append(f"20{rest[:2]}-{rest[2:4]}-{rest[4:6]}")
    return list(filter(None, dict.fromkeys(words)))


def typed(text: str) -> list[str]:
    """What somebody typed, in the forms in which words are kept."""
    forms = (searchable(text), " ".join(words_of(text)))
    return [form for form in dict.fromkeys(forms) if form]


def member_words(mpass_number: str, payer: Payer) -> list[str]:
    """What a search of members may name: mPass number, User ID, user name from each of its words
    on."""
    words = [searchable(mpass_number), searchable(payer.id), *_phrases(payer.name)]
    return list(filter(None, dict.fromkeys(words)))


def _phrases(name: str | None) -> list[str]:
    words = words_of(name or "")[:NAME_WORDS_MAX]
    return [" ".join(words[first:]) for first in range(len(words))]
