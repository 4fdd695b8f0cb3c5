"""The words that people read, letter by letter as the requirements write them."""

import pytest

from payops_contracts import labels
from payops_contracts.payments import (
    HistoryEvent,
    PaymentType,
    TransactionFlag,
    TransactionStatus,
)


def test_statuses_of_a_transaction_read_as_required() -> None:
    assert list(labels.TRANSACTION_STATUS.values()) == [
        "Created",
        "Paid",
        "Partially Refunded",
        "Totally Refunded",
        "Failed",
    ]


def test_types_of_a_payment_read_as_required() -> None:
    assert list(labels.PAYMENT_TYPE.values()) == ["Direct", "Subscription", "Pay by link"]


def test_the_detail_page_reads_as_required() -> None:
    assert list(labels.TRANSACTION_SECTION.values()) == ["Overview", "User", "Payment", "History"]
    assert list(labels.TRANSACTION_DETAIL.values()) == [
        "Transaction ID",
        "Transaction date",
        "Current status",
        "User ID",
        "User name",
        "User email",
        "User phone number",
        "Notification channels",
        "Amount",
        "Payment provider",
        "Payment method",
        "Type",
        "Channel used for payment",
        "Total refunded amount",
    ]


def test_everything_that_a_history_row_may_tell_has_its_words() -> None:
    assert set(labels.TRANSACTION_EVENT) == set(HistoryEvent) - {HistoryEvent.RESTORED}


def test_the_history_reads_as_required() -> None:
    assert list(labels.TRANSACTION_HISTORY_COLUMN.values()) == [
        "Date",
        "Status",
        "Event",
        "Refunded amount",
    ]


def test_the_dashboard_reads_as_required() -> None:
    assert list(labels.KPI.values()) == [
        "Daily payments",
        "Percentage of payments on each status",
        "Payments Amount by Method",
        "Payments Amount by Channel",
    ]
    assert list(labels.KPI_STATUS.values()) == [
        "Payment Created",
        "Payment Paid",
        "Payment Partially Refunded",
        "Payment Totally Refunded",
        "Payment Failed",
    ]
    assert labels.KPI_PERIOD["ytd"] == "YTD"
    assert labels.KPI_PERIOD["mtd"] == "MTD"


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (labels.TRANSACTION_STATUS, TransactionStatus),
        (labels.KPI_STATUS, TransactionStatus),
        (labels.PAYMENT_TYPE, PaymentType),
        (labels.TRANSACTION_FLAG, TransactionFlag),
    ],
)
def test_every_value_of_a_closed_vocabulary_has_a_label(
    words: dict[str, str], values: type[TransactionStatus]
) -> None:
    assert set(words) == set(values)


def test_a_value_that_nobody_has_named_yet_passes_through() -> None:
    assert labels.label(labels.METHOD, "credit-cards") == "Credit card"
    assert labels.label(labels.METHOD, "carrier-pigeon") == "carrier-pigeon"
