"""Icons that rows use over and over: drawn once on the page, and referred to."""

from functools import cache

from markupsafe import Markup


@cache
def glyph(name: str) -> Markup:
    """A reference to an icon that the page has drawn; 16 px, hidden from screen readers."""
    return Markup(
        '<svg class="icon" width="16" height="16" aria-hidden="true" focusable="false">'
        '<use href="#glyph-{}"></use></svg>'
    ).format(name)
