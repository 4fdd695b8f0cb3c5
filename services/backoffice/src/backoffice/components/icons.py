"""Lucide's icons as inline SVG, so that their colour is the text's and nothing is fetched."""

import re
from functools import cache

from lucide import IconDoesNotExist
from lucide.jinja import lucide
from markupsafe import Markup

SIZE = 16


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
    try:
        drawn = lucide(name, size=size, aria_hidden="true", focusable="false")
    except IconDoesNotExist:
        raise KeyError(f"Lucide has no icon '{name}'") from None
    return Markup(re.sub(r"\s*\n\s*", "", drawn))  # noqa: S704 - Lucide's own markup
