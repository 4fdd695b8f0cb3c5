"""A small table of every kind of column, and rows for it."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from payops_contracts.money import MAX_AMOUNT_MINOR
from payops_kernel.exports.cells import SIGNS
from payops_kernel.exports.columns import ExportResource, Kind, stored
from payops_kernel.exports.writers import CsvStyle, TableWriter

COLUMNS = (
    stored("status", "Status", Kind.TEXT, words={"PAID": "Paid", "EVIL": "=Evil"}, default=True),
    stored("created_at", "Date", Kind.INSTANT, default=True),
    stored("id", "Transaction ID", Kind.TEXT, "_id", default=True),
    stored("amount_minor", "Amount", Kind.MONEY, default=True),
    stored("currency", "Currency", Kind.TEXT, default=True),
    stored("user_name", "User name", Kind.TEXT, "user.name", default=True),
    stored("count", "Count", Kind.NUMBER, default=True),
    stored("channels", "Channels", Kind.LIST, default=True),
)
RESOURCE = ExportResource("things", "Things", COLUMNS)
FORMULA_STARTS = frozenset(SIGNS + "\t\r\n\0")
"""What a spreadsheet may take for the beginning of a formula (CWE-1236)."""
NOON = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)


def a_row(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A stored row with everything filled in."""
    return {
        "_id": f"t-{number:06d}",
        "status": "PAID",
        "created_at": NOON,
        "amount_minor": 1234,
        "currency": "EUR",
        "user": {"name": "Ada Byron"},
        "count": 3,
        "channels": ["email", "sms"],
    } | changes


def whole(writer: TableWriter, *batches: list[dict[str, Any]]) -> bytes:
    """The file that a writer makes of some batches."""
    parts = [writer.begin(), *[writer.rows(batch) for batch in batches], writer.finish()]
    return b"".join(parts)


CSV = CsvStyle()
sayable = st.text(st.characters(codec="utf-8"), max_size=40)
tricky = st.sampled_from(["=1+1", "+4", "-4", "@x", "\tx", "\rx", "\nx", "\0x", 'a"b', "a,b;c", ""])
rows = st.lists(
    st.builds(
        lambda text, name, minor, currency, count, channels: a_row(
            _id=text,
            user={"name": name},
            amount_minor=minor,
            currency=currency,
            count=count,
            channels=channels,
        ),
        sayable | tricky,
        st.none() | sayable | tricky,
        st.integers(-1_000 * MAX_AMOUNT_MINOR, 1_000 * MAX_AMOUNT_MINOR),
        st.sampled_from(["EUR", "JPY", "KWD", "CLF"]),
        st.none() | st.integers(-(2**53), 2**53),
        st.lists(sayable | tricky, max_size=2),
    ),
    max_size=5,
)
"""Rows with texts of every kind, formulas among them, and amounts of every number of decimals."""
