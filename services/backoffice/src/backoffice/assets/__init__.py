"""What browsers load beside pages: styles, modules, fonts, icons; read and packed at start.

Styles are one bundle that every page loads, and a sheet for each kind of page that needs more.

All of it lies below one path that has the digest of everything in it, so a browser keeps it for
ever, and modules import one another by relative path.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from backoffice.assets.lucide import drawing

FOLDER = Path(__file__).parent
STYLES = "backoffice.css"
STYLES_BYTES_MAX = 30 * 1024
"""Of the bundle as a browser reads it, uncompressed."""
DIGEST_CHARACTERS = 16
COMPRESSION_LEVEL = 9

MEDIA_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
PACKAGES: Mapping[str, str] = {
    "vendor/htmx.js": "htmx.org/dist/htmx.min.js",
    "vendor/uplot.js": "uplot/dist/uPlot.iife.min.js",
    "vendor/uplot.css": "uplot/dist/uPlot.min.css",
    "fonts/inter-latin.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "fonts/inter-latin-ext.woff2": (
        "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2"
    ),
    "fonts/inter-cyrillic.woff2": (
        "@fontsource-variable/inter/files/inter-cyrillic-wght-normal.woff2"
    ),
    "fonts/inter-greek.woff2": "@fontsource-variable/inter/files/inter-greek-wght-normal.woff2",
    "fonts/inter-vietnamese.woff2": (
        "@fontsource-variable/inter/files/inter-vietnamese-wght-normal.woff2"
    ),
    "fonts/jetbrains-mono-latin.woff2": (
        "@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2"
    ),
}
"""What is served of npm's packages, by the name it is served under."""

ICONS = ("copy", "ellipsis", "arrow-right")
"""Lucide's, which styles draw: of what stands in every row of a list, an element each."""

AS_MODULES: Mapping[str, bytes] = {"vendor/uplot.js": b"\nexport default uPlot;\n"}
"""What makes a module of a script; uPlot's own module is three times as large."""


class PackagesMissing(Exception):
    """npm's packages are not where they should be; the text says the mend."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, as it is and compressed (None where that gains nothing)."""

    content: bytes
    media_type: str
    compressed: bytes | None


class Assets:
    """Every file by its name below the digest's path."""

    def __init__(self, packages: Path) -> None:
        """Read all of them; raises ``PackagesMissing``."""
        contents = dict(sorted({**_own(), **_of_packages(packages)}.items()))
        digest = hashlib.sha256()
        for name, content in contents.items():
            digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
        self.digest = digest.hexdigest()[:DIGEST_CHARACTERS]
        self._assets = {name: _asset(name, content) for name, content in contents.items()}

    def url(self, name: str) -> str:
        """The address of a file; raises ``KeyError`` for a name that there is not."""
        if name not in self._assets:
            raise KeyError(f"there is no asset '{name}'")
        return f"/assets/{self.digest}/{name}"

    def find(self, digest: str, name: str) -> Asset | None:
        """A file of these assets; None for those of another version."""
        return self._assets.get(name) if digest == self.digest else None

    def names(self) -> list[str]:
        """Every file's name."""
        return list(self._assets)


def _own() -> dict[str, bytes]:
    styles = sorted((FOLDER / "css").glob("*.css"))
    found = {STYLES: b"\n".join(file.read_bytes() for file in styles)}
    for file in sorted((FOLDER / "css" / "pages").glob("*.css")):
        found[f"pages/{file.name}"] = file.read_bytes()
    for file in sorted((FOLDER / "js").rglob("*.js")):
        found[f"js/{file.relative_to(FOLDER / 'js').as_posix()}"] = file.read_bytes()
    for file in sorted(FOLDER.glob("*.svg")):
        found[file.name] = file.read_bytes()
    for name in ICONS:
        found[f"icons/{name}.svg"] = drawing(name)
    return found


def _of_packages(packages: Path) -> dict[str, bytes]:
    try:
        return {
            name: (packages / file).read_bytes() + AS_MODULES.get(name, b"")
            for name, file in PACKAGES.items()
        }
    except FileNotFoundError as missing:
        raise PackagesMissing(
            f"{missing.filename} is missing: `./payops up` fetches it with npm, as its lock says; "
            "elsewhere run `npm ci --ignore-scripts` beside package.json and name its node_modules "
            "in PAYOPS_BROWSER_PACKAGES."
        ) from None


def _asset(name: str, content: bytes) -> Asset:
    compressed = gzip.compress(content, COMPRESSION_LEVEL, mtime=0)
    gains = len(compressed) < len(content) * 0.9
    return Asset(content, MEDIA_TYPES[Path(name).suffix], compressed if gains else None)
