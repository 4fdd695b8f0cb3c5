"""Sentences of the services that pages translate are those that the services say."""

from backoffice.words import Words
from backoffice.words.said_by_services import REASONS_AND_NOTES
from payops_kernel.mongo import QueryTooBroad
from transactions.domain.issuing import invoice_refusal
from transactions.domain.notifying import address_refusal, notice_refusal
from transactions.domain.refundability import BUILT_IN, refusal


def said_by_transactions() -> set[str | None]:
    refund = [
        refusal(
            status=status,
            provider="adyen",
            method="credit-cards",
            open_disputes=disputes,
            available_minor=0,
            can_refund=BUILT_IN.can_refund,
        )
        for status, disputes in (("FAILED", 0), ("PAID", 1), ("PAID", 0))
    ]
    mail = [
        notice_refusal("CREATED", None, None),
        address_refusal(None, None),
        address_refusal("no address", ("email",)),
        address_refusal("ada@example.com", ("sms",)),
    ]
    too_broad = QueryTooBroad()
    return {*refund, *mail, invoice_refusal("FAILED"), too_broad.title, str(too_broad)}


def test_every_reason_of_a_payment_is_known_and_is_italian_for_who_reads_italian() -> None:
    assert said_by_transactions() <= set(REASONS_AND_NOTES)
    italian = Words("it")
    assert [each for each in REASONS_AND_NOTES if italian(each) == each] == []
