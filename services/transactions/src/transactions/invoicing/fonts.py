"""Which fonts there are, and which characters each of them has."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

CJK_PACKAGE = "noto_cjk_sans_jp_regular"
TYPEFACES = Path(__file__).parent / "typefaces"
FIRST = "NotoSans-Regular.ttf"
"""The font of everything that it can show: Latin, Greek and Cyrillic."""
_FAMILY_NAME = 1


class Font(NamedTuple):
    """A font by its family's name, and its code points."""

    family: str
    points: frozenset[int]

    def has(self, text: str) -> bool:
        """Whether it can show all of the text."""
        return self.points.issuperset(map(ord, text))


def font_folders() -> list[Path]:
    """The folders that the layout takes its fonts from; the system's are never used."""
    cjk = find_spec(CJK_PACKAGE)
    if cjk is None or cjk.origin is None:
        raise ModuleNotFoundError(f"the package {CJK_PACKAGE} with the CJK font is not installed")
    return [TYPEFACES, Path(cjk.origin).parent]


@cache
def fonts() -> tuple[Font, ...]:
    """Every font once, in the order in which they are tried."""
    own, cjk = (sorted(folder.glob("*.[ot]tf")) for folder in font_folders())
    files = [
        TYPEFACES / FIRST,
        *cjk,
        *(file for file in own if not file.name.startswith("NotoSans-")),
    ]
    return tuple(map(_read, files))


def _read(file: Path) -> Font:
    with TTFont(file, lazy=True) as font:
        family = str(font["name"].getDebugName(_FAMILY_NAME))
        return Font(family, frozenset(font.getBestCmap()))
