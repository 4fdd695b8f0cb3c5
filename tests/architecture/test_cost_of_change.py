"""What a change costs stays bounded, and is only ever lowered.

``services/transactions/tests/test_list_declaration.py`` shows that a filter or column of the list
that is declared is everywhere it belongs; here is counted how often one is typed.
"""

from collections import Counter

import pytest

from architecture.cost_of_change import (
    FIELD,
    FILTER,
    KERNEL,
    LABEL,
    SERVICE,
    SERVICES,
    lines,
    naming,
    report,
    saying,
    tracked,
    typing,
)
from architecture.refund_trace import entries_of_a_refund

FIELD_FILES_MAX = 6
"""Of a field all the way: contract, fact, list, page. This one has besides a word of its own in
examples (others have one by their type), and is masked in the log."""
FILTER_FILES_MAX = 2
SERVICE_FILES_MAX = 4
KERNEL_LINES_MAX = 16_234
ALL_LINES_MAX = 33_379
"""Kernel and the three services. Both are what stood there last: lowered with what is cut, and
raised once by what charges have in common with payments (``facts.py``) and need besides: rows of
an aggregate's parts, a work that makes an aggregate, several kinds of aggregates that are said
again after a restore. Analytics grew by 2,221 with the KPIs of debits, the gateway by 6 with
billing cycles that are searched and followed, by 1 with exceptions that are searched, by 129 with
a member's whole picture, by 9 with debit batches that are searched and followed. The kernel by
189 with due rows that share a claim and a transaction, two side by side, are taken back, and are
closed with a reason, and with documents that are made while those before are written, by 1 with
events that are about none of a service's aggregates, by 8 with the one place where events become
messages and causes, by 7 with documents without what is not there, by 74 with lists that know how
far ahead in their order the rows lie that are asked for, and with one look for all kinds of due
work (documents are made before they are written again: that was no quicker). Analytics grew by
1,118 with the KPIs of subscriptions, transactions by 11 with payments that name the request they
answer and are listed by their subscription, the gateway by 212 with subscriptions: searched,
followed, read with payments. Transactions grew by
33 with what the shop knew at the checkout, and by 183 with a provider catalogue that is followed;
the gateway by 3 with checkout rules that are searched and followed, by 38 with the decision that
chose a payment's pairs."""
ENTERED_TWICE = {"api/refunds.py", "store/transactions.py"}
"""A route, and behind its token and key the command; a document that is read, and written."""

FILES = tracked()


@pytest.fixture(scope="module")
def entered() -> Counter[tuple[str, str]]:
    """How often the kernel calls each function of the service for one refund."""
    return entries_of_a_refund()


def test_one_more_field_is_typed_in_few_files_from_upstream_to_pages() -> None:
    found = typing(FIELD, FILES) + saying(LABEL, FILES)
    assert len(found) <= FIELD_FILES_MAX, found


def test_one_more_filter_of_a_list_is_typed_in_two_files_at_most() -> None:
    found = typing(FILTER, FILES)
    assert len(found) <= FILTER_FILES_MAX, found


def test_one_more_service_edits_four_files_outside_its_folder_at_most() -> None:
    found = naming(SERVICE, FILES)["edited"]
    assert len(found) <= SERVICE_FILES_MAX, found


def test_a_refund_enters_each_function_of_the_service_once(
    entered: Counter[tuple[str, str]],
) -> None:
    assert {place: times for place, times in entered.items() if times != 1} == {}


def test_a_refund_enters_each_file_of_the_service_once(entered: Counter[tuple[str, str]]) -> None:
    by_file = Counter(file for file, _function in entered)
    assert {file for file, times in by_file.items() if times > 1} == ENTERED_TWICE
    assert "use_cases/request_refund.py" in by_file


def test_the_kernel_and_the_services_do_not_grow() -> None:
    assert lines((KERNEL,), FILES) <= KERNEL_LINES_MAX
    assert lines((KERNEL, *SERVICES), FILES) <= ALL_LINES_MAX


def test_all_of_it_can_be_read() -> None:
    assert list(report())[-1].startswith("lines of all these")
