"""Lucide's icons as inline SVG, so that their colour is the text's and nothing is fetched."""

import re
from functools import cache

from markupsafe import Markup

from backoffice.assets.lucide import drawing

SIZE = 16
ROOM = '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24"'
"""How a drawing of Lucide begins."""


@cache
def known_icon(name: str) -> str:
    """The name itself, or that of a circle for one that Lucide does not have: a user's may be."""
    try:
        icon(name)
    except KeyError:
        return "circle"
    return name


@cache
def icon(name: str, size: int = SIZE) -> Markup:
    """The icon of a Lucide name, hidden from screen readers: words stand beside it.

    Raises ``KeyError`` for a name that Lucide does not have.
    """
    line = re.sub(r"\s*\n\s*", " ", drawing(name).decode()).replace("> <", "><").strip()
    room = f'<svg width="{size}" height="{size}" aria-hidden="true" focusable="false"'
    return Markup(line.replace(" >", ">").replace(ROOM, room))  # noqa: S704 - Lucide's own markup
