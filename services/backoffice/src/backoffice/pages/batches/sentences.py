"""What the service says of a batch, in the reader's words: what follows, why, what differs."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from backoffice.formatting.instants import shown_day
from backoffice.words import Words, word
from payops_contracts.debit_batches import BatchStatus
from payops_contracts.money import format_money

Detail = Mapping[str, Any]

SAID_OF_BATCHES = (
    word("A debit of it is under way, or its outcome is not known."),
    word("Over the amount limit."),
    word("It is not open any more."),
    word("Nothing was left to take in."),
    word("ignored: it was not submitted"),
    word("ignored: it was said before"),
    word("It is Draft, and not sealed."),
    word("It is Sealing, and not sealed."),
    word("It is Submitting, and not sealed."),
    word("It is Submitted, and not sealed."),
    word("It is Processed, and not sealed."),
    word("It is Cancelled, and not sealed."),
    word("It is Submitting."),
    word("It is Submitted."),
    word("It is Processed."),
    word("It is Cancelled."),
    word("The batch cannot be submitted"),
    word("The batch cannot be cancelled"),
)
"""Sentences of the service that are the same of every batch."""
AT_ONCE = word("It is submitted as soon as it is sealed.")
BY_HAND = word("Once it is sealed it waits until somebody submits it.")
WITH_VALUES = (
    (re.compile(r"It is in batch (?P<code>.+)\."), word("It is in batch %(code)s.")),
    (
        re.compile(r"Its next retry is due on (?P<day>\d\d \w{3} \d{4})\."),
        word("Its next retry is due on %(day)s."),
    ),
)


def reason_said(reason: str, words: Words) -> str:
    """Why a charge is not taken in, in the reader's words."""
    for pattern, said in WITH_VALUES:
        if found := pattern.fullmatch(reason):
            values = found.groupdict()
            if "day" in values:
                day = datetime.strptime(values["day"], "%d %b %Y").replace(tzinfo=UTC)
                values["day"] = shown_day(day, words.language)
            return words(said, **values)
    return words(reason)


def said_of_totals(detail: Detail, words: Words) -> Detail:
    """The batch with what differs between its stages, and every reason, in the reader's words."""
    currency = detail["currency"]
    return {
        **detail,
        "stages": [
            row | {"difference": difference(row, currency, words)} for row in detail["stages"]
        ],
        "left_out": [
            row | {"reason": reason_said(row["reason"], words)} for row in detail["left_out"]
        ],
        "excluded": [
            row | {"reason": reason_said(row["reason"], words)} for row in detail["excluded"]
        ],
    }


def difference(row: Detail, currency: str, words: Words) -> str | None:
    """``2 charges less, US$4.06 less``; None where nothing has to be equal."""
    count, minor = row["less_count"], row["less_minor"]
    if count is None:
        return None
    if not count and not minor:
        return words("None")
    parts = []
    if count:
        less = count > 0
        parts.append(
            words.many("%(num)s charge less", "%(num)s charges less", count)
            if less
            else words.many("%(num)s charge more", "%(num)s charges more", -count)
        )
    if minor:
        amount = format_money(abs(minor), currency, words.language)
        said = word("%(amount)s less") if minor > 0 else word("%(amount)s more")
        parts.append(words(said, amount=amount))
    return ", ".join(parts)


def sentences(detail: Detail, words: Words) -> list[str]:
    """Where the batch stands, and what follows."""
    return list(_sentences(detail, words))


def _sentences(detail: Detail, words: Words) -> Iterator[str]:
    match BatchStatus(detail["status"]):
        case BatchStatus.DRAFT | BatchStatus.SEALING:
            yield words(
                "Its charges are being taken in: %(done)s of %(total)s.",
                done=detail["taken_in"], total=detail["drafted"]["count"],
            )  # fmt: skip
            after = AT_ONCE if detail["submit_when_sealed"] else BY_HAND
            yield words(after)
        case BatchStatus.SEALED:
            total = detail["sealed"]
            yield words.many(
                "%(num)s charge waits to be submitted: %(amount)s.",
                "%(num)s charges wait to be submitted: %(amount)s together.",
                total["count"],
                amount=format_money(total["total_minor"], detail["currency"], words.language),
            )
            yield words("Nothing is debited until then, and no other batch takes them.")
        case BatchStatus.SUBMITTING:
            yield words("The processor is being asked for its debits.")
        case BatchStatus.SUBMITTED | BatchStatus.PROCESSED:
            yield from _submitted(detail, words)
        case BatchStatus.CANCELLED:
            yield words("It is not submitted. Its charges are free for another batch.")


def _submitted(detail: Detail, words: Words) -> Iterator[str]:
    progress = detail["progress"]
    left = progress["submitted"] - progress["resolved"]
    if detail["processed"] is not None:
        yield words("The processor has done with it.")
    elif detail["unanswered_since"] is not None:
        yield words("The processor has not said in time that it has done with it. Ask there.")
    else:
        yield words("The processor has it. Results are counted as they come.")
    if left:
        yield words.many(
            "%(num)s debit has no result yet.", "%(num)s debits have no result yet.", left
        )
    elif progress["submitted"]:
        yield words("Every debit has its result.")
    if detail["excluded_count"]:
        amount = format_money(detail["excluded_minor"], detail["currency"], words.language)
        yield words.many(
            "%(num)s charge was sealed and not submitted: %(amount)s.",
            "%(num)s charges were sealed and not submitted: %(amount)s together.",
            detail["excluded_count"],
            amount=amount,
        )
