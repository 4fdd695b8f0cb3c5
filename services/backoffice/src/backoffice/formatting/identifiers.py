"""Long identifiers: cut in the middle, for their ends are what tells them apart."""

SHOWN_MAX = 20
SHOWN_IN_ROWS_MAX = 25
"""Rows have room for the ids that upstream gives."""
ENDS = (8, 6)
IN_BAR = (6, 4)
"""Of an id that is the title in the bar of a phone."""


def shortened(identifier: str, shown_max: int = SHOWN_MAX, ends: tuple[int, int] = ENDS) -> str:
    """The whole identifier, or its two ends with an ellipsis between: ``txn_9f0a…c41d2e``."""
    if len(identifier) <= shown_max:
        return identifier
    begin, end = ends
    return f"{identifier[:begin]}…{identifier[-end:]}"


def for_bar(title: str) -> str:
    """A last breadcrumb: an id so short that a phone shows both its ends; words as they are."""
    return title if " " in title else shortened(title, sum(IN_BAR) + 1, IN_BAR)
