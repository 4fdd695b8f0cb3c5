"""Text from outside as one line of what can be seen: for names in lists, files, mails and PDFs."""

import re
import unicodedata

from payops_contracts.unseen import FILLERS, characters

_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
_UNSEEN = re.compile(f"[{characters(FILLERS)}]")
_DROPPED = {"Cc", "Cf", "Cs"}
"""Control, format (directions, zero width, tags) and surrogate characters."""


def one_line(text: str) -> str:
    """The text without what cannot be seen; each run of white space, line breaks too, one space.

    Joiners stay where they join, for Persian and Indic names are written with them. Cheap for a
    text that is so already, as nearly all are.
    """
    if (
        text.isprintable()
        and "  " not in text
        and text.strip(" ") == text
        and (text.isascii() or _UNSEEN.search(text) is None)
    ):
        return text
    words = map(_seen, _UNSEEN.sub("", text).split())
    return " ".join(word for word in words if word)


def _seen(word: str) -> str:
    shown = [c for c in word if c in _JOINERS or unicodedata.category(c) not in _DROPPED]
    return "".join(
        c
        for at, c in enumerate(shown)
        if c not in _JOINERS or (_joins(shown[at - 1 : at]) and _joins(shown[at + 1 : at + 2]))
    )


def _joins(beside: list[str]) -> bool:
    return bool(beside) and unicodedata.category(beside[0])[0] in "LM"
