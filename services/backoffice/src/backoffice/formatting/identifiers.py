"""Long identifiers: cut in the middle, for their ends are what tells them apart."""

SHOWN_MAX = 20
SHOWN_IN_ROWS_MAX = 25
"""Rows have room for the ids that upstream gives."""
ENDS = (8, 6)


def shortened(identifier: str, shown_max: int = SHOWN_MAX) -> str:
    """The whole identifier, or its two ends with an ellipsis between: ``txn_9f0a…c41d2e``."""
    if len(identifier) <= shown_max:
        return identifier
    begin, end = ENDS
    return f"{identifier[:begin]}…{identifier[-end:]}"
