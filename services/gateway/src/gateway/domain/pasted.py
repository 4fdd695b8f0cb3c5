"""What somebody typed or pasted to find: one text, or many ids."""

import re

from payops_kernel.errors import Invalid

IDS_MAX = 50
"""Ids that are looked for at once."""

_BETWEEN = re.compile(r"[\s,;]+")
_LIST = re.compile(r"[\n\r\t,;]")


def ids_in(text: str) -> list[str]:
    """The ids of a list, each once, in their order; none when it is one text.

    Commas, semicolons, tabs and new lines make a list; blanks do when every word has a digit, as
    names have not. Raises ``Invalid`` for more than :data:`IDS_MAX`.
    """
    words = [word for word in _BETWEEN.split(text) if word]
    several = len(words) > 1 and (_LIST.search(text.strip()) or all(map(_has_digit, words)))
    if not several:
        return []
    ids = list(dict.fromkeys(words))
    if len(ids) > IDS_MAX:
        detail = f"{len(ids)} IDs; at most {IDS_MAX} are looked for at once"
        error = {"pointer": "/query/q", "code": "too_many_ids", "detail": detail}
        raise Invalid(f"q: {detail}.", errors=[error])
    return ids


def _has_digit(word: str) -> bool:
    return any(character.isdigit() for character in word)
