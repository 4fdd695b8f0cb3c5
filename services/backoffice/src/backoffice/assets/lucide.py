"""Lucide's own files of its icons."""

from functools import cache
from importlib.resources import files
from io import BytesIO
from zipfile import ZipFile


def drawing(name: str) -> bytes:
    """Lucide's own file of an icon; raises ``KeyError`` for a name that it does not have."""
    try:
        return _archive().read(f"{name}.svg")
    except KeyError:
        raise KeyError(f"Lucide has no icon '{name}'") from None


@cache
def _archive() -> ZipFile:
    # Opened once: Lucide's own reader opens it for each icon, which took 20 ms each.
    return ZipFile(BytesIO(files("lucide").joinpath("lucide.zip").read_bytes()))
