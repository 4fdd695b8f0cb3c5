"""Which fonts there are, and which characters each of them has."""

from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

CJK_PACKAGE = "noto_cjk_sans_jp_regular"
TYPEFACES = Path(__file__).parent / "typefaces"
FIRST = "NotoSans-Regular.ttf"
"""The font of everything that it can show: Latin, Greek and Cyrillic."""
_FAMILY_NAME = 1


class Font:
    """A font of a file, which is read when it is first asked for."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @cached_property
    def family(self) -> str:
        """The name that the layout knows it by."""
        with TTFont(self._file, lazy=True) as font:
            return str(font["name"].getDebugName(_FAMILY_NAME))

    @cached_property
    def points(self) -> frozenset[int]:
        """Its code points."""
        with TTFont(self._file, lazy=True) as font:
            return frozenset(font.getBestCmap())

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
    others = (file for file in own if not file.name.startswith("NotoSans-"))
    return tuple(map(Font, (TYPEFACES / FIRST, *cjk, *others)))
