"""A mapping and a row make events that the contract takes and that any machine repeats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from payops_contracts.registry import validate
from payops_local.errors import PlatformError
from payops_local.importing.cells import BadRow
from payops_local.importing.kinds import KINDS
from payops_local.importing.payments import KIND, PaymentRows
from payops_local.importing.payments_mapping import PaymentsMapping
from payops_local.importing.repeats import Novelty, Seen

HEADER = ["payment_id", "customer_id", "paid_on", "items", "amount_usd"]
ROW = ["cdnow-00002", "00002", "2021-01-12", "2", "12.00"]
SHOP: dict[str, Any] = {
    "kind": "payments",
    "source": "urn:test:shop",
    "columns": {
        "transaction_id": "Order",
        "created_at": "At",
        "amount": "Total",
        "currency": "Currency",
        "method": "Card",
        "status": "State",
        "user_id": "Customer",
        "notification_channels": "Write to",
        "failure_code": "Why",
        "paid_at": "Settled",
    },
    "constants": {"provider": "stripe", "channel": "web", "type": "DIRECT", "user_id": "unknown"},
    "values": {"method": {"Visa": "credit-cards"}},
    "events": {"OK": ["created", "paid"], "KO": ["created", "failed"]},
}
SHOP_HEADER = ["Order", "At", "Total", "Currency", "Card", "State", "Customer", "Write to"]
SHOP_HEADER += ["Why", "Settled"]


def events_of(rows: PaymentRows, cells: list[str]) -> list[dict[str, Any]]:
    return [json.loads(event) for event in rows.convert(cells).events]


def shop(**changes: Any) -> PaymentRows:
    return PaymentRows(PaymentsMapping.model_validate(SHOP | changes), SHOP_HEADER)


def test_a_cdnow_purchase_becomes_a_created_and_a_paid_payment() -> None:
    convert = KIND.open("cdnow").converter(HEADER)
    row = convert(ROW)
    created, paid = (validate(event) for event in row.events)
    assert (row.key, row.currency, row.amount_minor) == ("cdnow-00002", "USD", 1200)
    assert created.type == "upstream.payment.created.v1"
    assert paid.type == "upstream.payment.paid.v1"
    data = json.loads(row.events[1])["data"]
    assert data == {
        "transaction_id": "cdnow-00002",
        "created_at": "2021-01-12T00:00:00.000Z",
        "amount_minor": 1200,
        "currency": "USD",
        "provider": "stripe",
        "method": "credit-cards",
        "channel": "web",
        "type": "DIRECT",
        "user": {"id": "00002"},
        "items": [{"description": "CDs", "quantity": 2, "amount_minor": 1200, "tax_minor": 0}],
    }


def test_ids_are_pinned_so_that_another_version_imports_the_same_events() -> None:
    events = KIND.open("cdnow").converter(HEADER)(ROW).events
    assert [(event["source"], event["id"]) for event in map(json.loads, events)] == [
        ("urn:payops:import:cdnow", "cdnow-00002:created:dda22692e59bc9e3"),
        ("urn:payops:import:cdnow", "cdnow-00002:paid:ab9718a2861d2db4"),
    ]


def test_an_id_changes_with_what_is_said() -> None:
    convert = KIND.open("cdnow").converter(HEADER)
    other = convert([*ROW[:-1], "12.01"])
    assert not set(convert(ROW).events) & set(other.events)


def test_words_constants_and_status_are_translated() -> None:
    cells = [" 7 ", "2025-01-01T10:00:00+01:00", "1.50", "EUR", "Visa", "OK", "", "email; sms"]
    created, paid = events_of(shop(), [*cells, "", "2025-01-02"])
    assert created["time"] == "2025-01-01T09:00:00.000Z"
    assert paid["time"] == "2025-01-02T00:00:00.000Z"
    assert paid["subject"] == "7"
    assert paid["data"]["method"] == "credit-cards"
    assert paid["data"]["user"] == {"id": "unknown"}
    assert paid["data"]["notification_channels"] == ["email", "sms"]


KNOWN: dict[str, Any] = {
    "columns": {
        part: column
        for part, column in SHOP["columns"].items()
        if column not in {"Write to", "Settled", "Why"}
    },
    "attributes": {"product_category": "Write to", "shop": "Customer"},
    "attribute_numbers": {"basket/quantity": "Settled", "basket/weight": "Why"},
    "amounts": {"decimal_mark": ","},
}


@pytest.mark.parametrize(
    ("pieces", "weight", "expected"),
    [
        ("12", "0,25", {"basket/quantity": 12, "basket/weight": 0.25}),
        (" -3 ", "2,0", {"basket/quantity": -3, "basket/weight": 2.0}),
        ("0", "", {"basket/quantity": 0}),
    ],
)
def test_attributes_are_texts_and_numbers_and_an_empty_cell_says_nothing(
    pieces: str, weight: str, expected: dict[str, Any]
) -> None:
    cells = ["7", "2025-01-01", "1,50", "EUR", "Visa", "OK", "", " Bücher ", weight, pieces]
    for event in events_of(shop(**KNOWN), cells):
        assert event["data"]["attributes"] == {"product_category": "Bücher"} | expected


@pytest.mark.parametrize("text", ["many", "1.5", "NaN", "1e9", "0x10", "1_000", "9" * 19])
def test_an_attribute_that_is_no_number_is_a_bad_row(text: str) -> None:
    cells = ["7", "2025-01-01", "1,50", "EUR", "Visa", "OK", "c", "", "", text]
    with pytest.raises(BadRow, match=r"^Settled: "):
        shop(**KNOWN).convert(cells)


def test_an_attribute_is_a_text_or_a_number() -> None:
    with pytest.raises(ValueError, match=r"shop is named by \[attributes\] and by"):
        shop(attributes={"shop": "Customer"}, attribute_numbers={"shop": "Settled"})


def test_a_column_of_an_attribute_that_is_not_there_is_named() -> None:
    with pytest.raises(PlatformError, match="no column 'Genre', which the mapping names for genre"):
        shop(attributes={"genre": "Genre"})


def test_a_failure_carries_its_reason() -> None:
    cells = ["7", "2025-01-01", "1.50", "EUR", "Amex", "KO", "c", "", "declined", ""]
    created, failed = events_of(shop(), cells)
    assert "failure" not in created["data"]
    assert failed["data"]["failure"] == {"code": "declined"}
    assert failed["data"]["method"] == "Amex"


@pytest.mark.parametrize(
    ("index", "text", "reason"),
    [
        (0, "", "Order: it is empty"),
        (0, "export", "reserved"),
        (0, "x" * 129, "transaction_id"),
        (0, "ORD\u200b7", "transaction_id: it is empty or holds a character that nobody sees"),
        (1, "soon", "not a date"),
        (1, "9999-12-31", "At: '9999-12-31' lies outside the years 1970 to 2200"),
        (1, "0001-01-01", "lies outside the years 1970 to 2200"),
        (1, "1969-12-31", "lies outside the years 1970 to 2200"),
        (2, "10000000000.01", "over the largest amount"),
        (3, "HRK", "HRK is a currency of the past"),
        (2, "1,50", "not an amount"),
        (3, "EURO", "ISO 4217"),
        (4, "", "Card: it is empty"),
        (5, "??", "does not know"),
        (7, ";".join("abcdefghijk"), "notification_channels"),
    ],
)
def test_a_row_that_cannot_be_a_payment_says_why(index: int, text: str, reason: str) -> None:
    cells = ["7", "2025-01-01", "1.50", "EUR", "Visa", "OK", "c", "", "", ""]
    cells[index] = text
    with pytest.raises(BadRow, match=reason):
        shop().convert(cells)


def test_a_payment_in_a_currency_of_the_past_is_imported_with_its_decimals() -> None:
    lire = shop().convert(["7", "1999-01-01", "150000", "ITL", "Visa", "OK", "c", "", "", ""])
    assert (lire.currency, lire.amount_minor) == ("ITL", 150_000)
    kuna = shop().convert(["7", "2021-01-01", "1.50", "HRK", "Visa", "OK", "c", "", "", ""])
    assert (kuna.currency, kuna.amount_minor) == ("HRK", 150)


def test_a_row_said_again_is_not_sent_again_and_a_contradiction_names_the_line() -> None:
    convert = KIND.open("cdnow").converter(HEADER)
    with Seen() as seen:
        assert seen.add(convert(ROW), 2) is Novelty.NEW
        assert seen.add(convert(ROW), 3) is Novelty.REPEATED
        with pytest.raises(BadRow, match="line 2 says something else of 'cdnow-00002'"):
            seen.add(convert([*ROW[:-1], "12.01"]), 4)


def test_another_fact_about_the_same_payment_is_welcome() -> None:
    rows = shop(events={"OK": ["paid"], "NEW": ["created"]})
    cells = ["7", "2025-01-01", "1.50", "EUR", "Visa", "NEW", "c", "", "", ""]
    with Seen() as seen:
        assert seen.add(rows.convert(cells), 2) is Novelty.NEW
        assert seen.add(rows.convert([*cells[:5], "OK", *cells[6:]]), 3) is Novelty.MORE


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("kind = ", "is not a TOML file"),
        ('kind = "payments"\nsource = "s"\nevents = ["paid"]\n[columns]\n', "must name the column"),
        ('kind = "payments"\nsource = "s"\nevents = ["lost"]\n[columns]\n', "events"),
        (
            'kind = "payments"\nsource = "s"\nevents = ["paid"]\ncolour = "red"\n[columns]\n',
            "colour",
        ),
        ('kind = "payments"\nsource = "s"\n[dates]\nzone = "Moon"\n', "not an IANA time zone"),
    ],
)
def test_a_mapping_that_is_wrong_is_refused_in_a_sentence(
    text: str, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(PlatformError, match=sentence):
        KIND.open(str(path))


def test_an_unknown_mapping_names_the_known_ones() -> None:
    with pytest.raises(PlatformError, match="one of cdnow"):
        KIND.open("nothing")


def test_a_column_that_is_not_there_or_there_twice_is_named() -> None:
    converter = KIND.open("cdnow").converter
    with pytest.raises(PlatformError, match="no column 'amount_usd'"):
        converter(HEADER[:-1])
    with pytest.raises(PlatformError, match="2 columns 'payment_id'"):
        converter([*HEADER, "payment_id"])


def test_every_kind_is_called_by_its_own_name() -> None:
    assert all(kind.name == name for name, kind in KINDS.items())
