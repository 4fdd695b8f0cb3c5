"""The list is declared once: what is added to its declaration is everywhere it belongs."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI
from pydantic import Field

from payops_kernel.exports.columns import Kind, stored
from payops_kernel.http.cursors import CursorCodec
from payops_kernel.lists.filters import Several
from payops_kernel.lists.routes import list_routes
from payops_kernel.zones import UTC_ZONE
from transactions.api.transaction_list import TRANSACTION_LIST, TransactionFilters


class MoreFilters(TransactionFilters):
    """The list's filters and one more."""

    shop: Several[str] = Field(default_factory=list)


SHOP = stored("shop", "Shop", Kind.TEXT, "sold.shop", {"s1": "First"}, shown=str, default=True)
MORE = replace(TRANSACTION_LIST, filters=MoreFilters, columns=(*TRANSACTION_LIST.columns, SHOP))


STORED = {
    "_id": "t-1", "status": "PAID", "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    "amount_minor": 100, "currency": "EUR", "total_refunded_minor": 0, "method": "credit-cards",
    "provider": "adyen", "channel": "web", "type": "DIRECT", "user": {"id": "u-1"},
    "sold": {"shop": "s1"},
}  # fmt: skip


def operation(path: str) -> dict[str, Any]:
    """What OpenAPI says of a GET of the list with one more of both, and of its rows."""
    app, exports = FastAPI(), SimpleNamespace(zone=UTC_ZONE)
    app.include_router(list_routes(MORE, None, exports, CursorCodec("test")))  # type: ignore[arg-type]
    document = app.openapi()
    found: dict[str, Any] = document["paths"][path]["get"]
    return found | {"row": document["components"]["schemas"]["TransactionRow"]}


def test_a_filter_that_is_declared_is_a_parameter_and_a_condition() -> None:
    for path in ("/v1/transactions", "/v1/transactions/export"):
        assert "shop" in {each["name"] for each in operation(path)["parameters"]}
    asked = MoreFilters(shop=["s1"]).condition()
    assert MORE.query(asked, "amount_minor") == {"amount_minor": {"$gte": 0}, "shop": "s1"}


def test_a_column_that_is_declared_is_in_pages_files_and_the_view() -> None:
    row = MORE.present(STORED)
    assert (row["shop"], row["shop_label"]) == ("s1", "First")
    assert {"shop", "shop_label"} <= set(operation("/v1/transactions")["row"]["required"])
    assert MORE.fields["sold.shop"] == 1
    assert MORE.export.choose(())[-1] == MORE.export.choose(["shop"])[0] == SHOP
    assert "Shop" in MORE.view("view").pipeline[1]["$project"]


def test_the_list_has_the_required_columns_in_order() -> None:
    required = ["Status", "Date", "Transaction ID", "Amount", "Method", "Channel"]
    labels = [column.label for column in TRANSACTION_LIST.export.columns]
    assert [label for label in labels if label in required] == required
