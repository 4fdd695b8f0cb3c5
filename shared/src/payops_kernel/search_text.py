# ruff: noqa: RUF001 - letters that look like others are what this is about
"""Texts as they are searched for: one form, however they were typed, for storing and for asking.

Unicode form, case, accents, marks that are left out in writing, dotted and dotless i, full-width
letters, digits of any script, apostrophes and unseen characters make no difference.
"""

import re
import unicodedata
from functools import lru_cache

_APOSTROPHES = "'＇’‘‛`´ʹʻʼʽʾʿˈ′‵᾽᾿῾´ꞌ׳՚·ـ"
_LETTERS = {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h",
    "ŧ": "t", "ŋ": "n", "ĸ": "k", "ə": "e", "ɛ": "e", "ɔ": "o", "ɓ": "b", "ɖ": "d", "ɗ": "d",
    "ƒ": "f", "ɠ": "g", "ǥ": "g", "ɨ": "i", "ƙ": "k", "ɫ": "l", "ƚ": "l", "ɲ": "n", "ɵ": "o",
    "ƥ": "p", "ʉ": "u", "ʋ": "v", "ƴ": "y", "ƶ": "z", "ƀ": "b", "ɍ": "r", "ɏ": "y", "ɉ": "j",
    "ȼ": "c", "ⱥ": "a", "ⱦ": "t", "ɇ": "e", "ґ": "г",
    "ی": "ي", "ى": "ي", "ک": "ك", "ة": "ه", "ہ": "ه", "ٱ": "ا",
}  # fmt: skip
"""Letters that no form of Unicode takes apart, and what is typed where a keyboard has none."""
_HIRAGANA, _TO_KATAKANA = range(0x3041, 0x3097), 0x60
_LETTER_KINDS = frozenset("LNM")

# Most texts are plain: these find what makes one not so, quicker than each letter is looked at.
_ODD = re.compile("[^ -&(-_a-~]").search
_ODD_IN_WORDS = re.compile("[^ 0-9A-Za-z]").search
_BEYOND_ASCII = re.compile("[^\0-\x7f]")
_DIVIDING = re.compile("[\0-/:-@[-`{-\x7f]+")
_CONTROLS = (*range(9), *range(14, 28), 127)
_GONE = dict.fromkeys((*_CONTROLS, *map(ord, _APOSTROPHES)))
_DIVIDED = dict.fromkeys(map(ord, _APOSTROPHES), " ")
LETTERS_KEPT = 4_096


def searchable(text: str) -> str:
    """The form that is stored and asked for; blanks are one space, none at the ends."""
    return " ".join((_folded(text) if _ODD(text) else text.lower()).split())


def words_of(text: str) -> list[str]:
    """The searchable words: letters, digits and their marks; all else divides them."""
    if not _ODD_IN_WORDS(text):
        return text.lower().split()
    whole = _DIVIDING.sub(" ", _folded(text))
    return _BEYOND_ASCII.sub(_in_word, whole).split()


def without_apostrophes(text: str) -> str:
    """With a blank for each apostrophe: ``D'Angelo`` has the words ``d`` and ``angelo``."""
    return text.translate(_DIVIDED) if _ODD_IN_WORDS(text) else text


def _folded(text: str) -> str:
    # Acute and grave by themselves fall apart into a blank and a mark: they go first.
    text = text.translate(_GONE)
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    letters = _BEYOND_ASCII.sub(lambda found: _letter(found[0]), apart)
    return unicodedata.normalize("NFC", letters)


def _in_word(found: re.Match[str]) -> str:
    return found[0] if unicodedata.category(found[0])[0] in _LETTER_KINDS else " "


@lru_cache(LETTERS_KEPT)
def _letter(letter: str) -> str:
    code = ord(letter)
    if code in _GONE or _is_left_out(letter):
        return ""
    if code in _HIRAGANA:
        return chr(code + _TO_KATAKANA)
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    return _LETTERS.get(letter, letter)


def _is_left_out(letter: str) -> bool:
    """Accents, Hebrew and Arabic points, and what nobody sees; no vowels of other scripts."""
    mark = unicodedata.combining(letter)
    if mark:
        return mark in {1, 7} or 10 <= mark <= 36 or mark >= 200
    match unicodedata.category(letter):
        case "Cf" | "Me" | "Cs" | "Cn" | "Co":
            return True
        case "Cc":
            return not letter.isspace()
        case "Mn":  # variation selectors and the like
            return letter == "\u034f" or "\ufe00" <= letter <= "\ufe0f" or letter >= "\U000e0100"
        case _:
            return False
