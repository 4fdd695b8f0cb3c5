"""What a person has to settle about a charge, told in words, with what to do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from backoffice.components.actions import ActionLink, Doer
from backoffice.components.detail import Exceptional
from backoffice.components.ways import way_to
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


ACTIONS = ("resolve", "take", "give-back")


def exceptions(detail: Mapping[str, Any], doer: Doer) -> list[Exceptional]:
    """Those that are open with what can be done, and what upstream contradicts itself about."""
    words = doer.words
    found = [
        replace(told(each, detail["money"]["currency"], words), links=_links(each, doer))
        for each in detail["exceptions"]
        if each["resolved_at"] is None
    ]
    contradicted = sum(
        row["event"] == ChargeHistoryEvent.EVENT_CONTRADICTED for row in detail["history"]
    )
    if contradicted:
        found.append(
            Exceptional(
                words.many(
                    "Upstream sent an event again with other content.",
                    "Upstream sent %(num)s events again with other content.",
                    contradicted,
                ),
                words("What was said first counts. The history has the digests of both."),
            )
        )
    return found


def _links(each: Mapping[str, Any], doer: Doer) -> Sequence[ActionLink]:
    path = way_to(doer.pages, "debit-exception", each["exception_id"])
    return () if path is None else doer.links(ACTIONS, path, each)


def told(each: Mapping[str, Any], currency: str, words: Words) -> Exceptional:
    """What one is, and what to do about it."""
    what, mend, family = SAID.get(each["kind"], (each["kind_label"], "", Family.CARE))
    amount = format_money(each["amount_minor"], currency, words.language)
    return Exceptional(words(what, amount=amount), words(mend), family)
