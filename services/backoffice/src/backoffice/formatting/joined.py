"""What stands one after the other on a line, with a dot between."""

from collections.abc import Iterable

from markupsafe import Markup, escape

DOT = "\N{NO-BREAK SPACE}· "
"""Bound to what stands before it, so that no line begins with a dot."""


def dotted(parts: Iterable[str]) -> Markup:
    """The parts with dots between, for a template; what is no markup is escaped."""
    return escape(DOT).join(parts)
