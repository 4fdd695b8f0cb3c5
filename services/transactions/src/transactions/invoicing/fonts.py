"""Which fonts there are, and which characters none of them has."""

import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""Shown for a character that no font has; the log tells which ones it stands for."""

CJK_PACKAGE = "noto_cjk_sans_jp_regular"
_JOINERS = {"\N{ZERO WIDTH JOINER}", "\N{ZERO WIDTH NON-JOINER}"}
_OWN = Path(__file__).parent / "typefaces"


def font_folders() -> list[Path]:
    """The folders that the layout takes its fonts from; the system's are never used."""
    cjk = find_spec(CJK_PACKAGE)
    if cjk is None or cjk.origin is None:
        raise ModuleNotFoundError(f"the package {CJK_PACKAGE} with the CJK font is not installed")
    return [_OWN, Path(cjk.origin).parent]


@cache
def covered() -> frozenset[int]:
    """Every code point that some font has."""
    points: set[int] = set()
    for folder in font_folders():
        for file in sorted(folder.glob("*.[ot]tf")):
            with TTFont(file, lazy=True) as font:
                points.update(font.getBestCmap())
    return frozenset(points)


def showable(text: str, replaced: set[str]) -> str:
    """The text as the fonts can show it, on one line.

    Control and direction-overriding characters go: they could make an invoice read differently
    from what it says. What no font has becomes :data:`REPLACEMENT` and is added to ``replaced``.
    """
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(_shown(character, replaced) for character in plain)


def _shown(character: str, replaced: set[str]) -> str:
    if character in _JOINERS:
        return character
    if unicodedata.category(character) in {"Cc", "Cf", "Cs"}:
        return ""
    if ord(character) in covered():
        return character
    replaced.add(character)
    return REPLACEMENT
