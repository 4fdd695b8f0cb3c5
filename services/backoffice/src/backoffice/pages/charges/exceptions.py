"""What a person has to settle about a charge, told in words, with what to do about it."""

from collections.abc import Mapping
from typing import Any

from backoffice.components.detail import Exceptional
from backoffice.formatting.chips import Family
from backoffice.words import Words, word
from payops_contracts.charges import ChargeException as Kind
from payops_contracts.charges import ChargeHistoryEvent
from payops_contracts.money import format_money

SAID: Mapping[str, tuple[str, str, Family]] = {
    Kind.RESULT_MISSING: (
        word("No result has arrived of a debit of %(amount)s."),
        word("It may have been collected. A late answer settles this."),
        Family.CARE,
    ),
    Kind.OVERCOLLECTED: (
        word("%(amount)s was collected twice."),
        word("It is owed back to the member. Agree with the processor on giving it back."),
        Family.BAD,
    ),
    Kind.COLLECTED_AFTER_WITHDRAWAL: (
        word("%(amount)s was collected after settlement wanted it no longer."),
        word("The member paid what is not owed any more. Give it back, or ask settlement."),
        Family.BAD,
    ),
    Kind.WITHDRAWN_AFTER_COLLECTION: (
        word("Settlement wants it no longer, after %(amount)s was collected."),
        word("The money is here. Ask settlement whether it goes back to the member."),
        Family.CARE,
    ),
    Kind.FAILED_AFTER_SUCCESS: (
        word("A debit was reported failed after it had succeeded."),
        word("The success counts. Look up in the processor's own records where the money is."),
        Family.CARE,
    ),
    Kind.UNKNOWN_DEBIT: (
        word("A debit of %(amount)s succeeded that nobody asked for."),
        word("It is owed back to the member, unless the processor shows who asked for it."),
        Family.BAD,
    ),
}
"""What each is, what to do about it, and how it weighs."""


def exceptions(detail: Mapping[str, Any], words: Words) -> list[Exceptional]:
    """Those that are open, and what upstream contradicts itself about."""
    told = [
        _told(each, detail["money"]["currency"], words)
        for each in detail["exceptions"]
        if each["resolved_at"] is None
    ]
    contradicted = sum(
        row["event"] == ChargeHistoryEvent.EVENT_CONTRADICTED for row in detail["history"]
    )
    if contradicted:
        told.append(
            Exceptional(
                words.many(
                    "Upstream sent an event again with other content.",
                    "Upstream sent %(num)s events again with other content.",
                    contradicted,
                ),
                words("What was said first counts. The history has the digests of both."),
            )
        )
    return told


def _told(each: Mapping[str, Any], currency: str, words: Words) -> Exceptional:
    what, mend, family = SAID.get(each["kind"], (each["kind_label"], "", Family.CARE))
    amount = format_money(each["amount_minor"], currency, words.language)
    return Exceptional(words(what, amount=amount), words(mend), family)
