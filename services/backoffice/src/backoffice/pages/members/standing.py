"""Why a member stands as they do, in words, and what changed it, as moments."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from backoffice.components.timeline import Moment
from backoffice.formatting.chips import MEMBER, UNKNOWN
from backoffice.formatting.instants import read_instant
from backoffice.formatting.joined import DOT
from backoffice.words import Words, word
from payops_contracts.labels import MEMBER_EVENT, MEMBER_STANDING, label
from payops_contracts.members import MemberStanding
from payops_contracts.money import format_money

Member = Mapping[str, Any]
"""A ``MemberDetail``, as the service answers it."""

SYSTEM = word("system")
POLICY = "policy"


def sentences(member: Member, words: Words) -> list[str]:
    """Why the standing is as it is; the first one says where the member stands."""
    return list(_sentences(member, words))


def _sentences(member: Member, words: Words) -> Iterator[str]:
    count = len(member["behind_standing"])
    block = member["block"]
    if block is not None and block["by"] == POLICY:
        yield words("The policy blocks them: a charge was permanently rejected and is not paid.")
        yield words("They are unblocked as soon as it is paid, or by an operator.")
    elif block is not None:
        yield words("%(by)s has blocked them: %(reason)s", by=block["by"], reason=block["reason"])
        yield words("They stay blocked until somebody unblocks them, whatever they pay.")
    elif member["overview"]["standing"] == MemberStanding.IN_ARREARS:
        yield words.many(
            "One charge is owed and is not tried again.",
            "%(num)s charges are owed and are not tried again.",
            count,
        )
    elif member["overview"]["standing"] == MemberStanding.IN_RETRY:
        yield words.many(
            "A debit of one charge failed and is tried again.",
            "Debits of %(num)s charges failed and are tried again.",
            count,
        )
    else:
        yield words("Nothing has failed that is not paid.")
    yield _owed(member, words)


def _owed(member: Member, words: Words) -> str:
    amounts = [
        format_money(each["amount_minor"], each["currency"], words.language)
        for each in member["owed"]
    ]
    if not amounts:
        return words("Nothing is owed.")
    return words("Owed in all: %(amounts)s.", amounts=DOT.join(amounts))


def moments(rows: Iterable[Mapping[str, Any]], words: Words) -> list[Moment]:
    """Rows of a member's history, newest first."""
    return [
        Moment(
            at=read_instant(row["at"]),
            what=words(label(MEMBER_EVENT, row["event"])),
            look=MEMBER.get(row["standing"], UNKNOWN),
            more=[
                words(label(MEMBER_STANDING, row["standing"])),
                row["charge_id"] or row["actor"] or words(SYSTEM),
                *([row["reason"]] if row["reason"] else []),
            ],
        )
        for row in rows
    ]
