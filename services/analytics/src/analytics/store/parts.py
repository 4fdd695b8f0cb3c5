"""Where a bucket keeps the parts of itself that are counted too.

``count`` and ``amount_minor`` of the whole stand at its top, those of a part below its name and
word: ``provider.stripe.count``. The parts of a bucket are few, its method and channel given.
"""

from collections.abc import Iterator
from functools import lru_cache

from analytics.domain.payment_facts import REFUNDED, WHOLE, Part, PaymentTotals
from payops_kernel.mongo import Document, whole_number

WORDED = ("provider", "type", "failure_code")
_NO_WORD = "%"
"""Never the form of a word: in those, ``%`` has two digits behind it."""


@lru_cache(maxsize=1_024)
def counted_fields(part: Part) -> tuple[str, str]:
    """Where a bucket keeps the count and the amount of a part."""
    path = "" if part == WHOLE else f"{part.by}."
    if part.by in WORDED:
        path += f"{stored_word(part.word)}."
    return f"{path}count", f"{path}amount_minor"


def stored_word(word: str | None) -> str:
    """A word as the name of a field: without the characters that mean something in a path."""
    if word is None:
        return _NO_WORD
    return word.replace("%", "%25").replace(".", "%2E").replace("$", "%24")


def read_word(stored: str) -> str | None:
    """The word again."""
    if stored == _NO_WORD:
        return None
    return stored.replace("%24", "$").replace("%2E", ".").replace("%25", "%")


def totals_of(document: Document) -> PaymentTotals:
    """What a bucket, or a part of one, says."""
    return PaymentTotals(int(document["count"]), whole_number(document["amount_minor"]))


def parts_stored(document: Document) -> Iterator[tuple[Part, PaymentTotals]]:
    """The whole of a bucket's document, and every part in it."""
    yield WHOLE, totals_of(document)
    if "refunded" in document:
        yield REFUNDED, totals_of(document["refunded"])
    for by in WORDED:
        for word, totals in document.get(by, {}).items():
            yield Part(by, read_word(word)), totals_of(totals)
