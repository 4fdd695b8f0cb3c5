"""What happens next to a charge, in words: why it stands so, what is due, why it is tried again or
not. The record of the decision is the service's; nothing is decided here."""

from collections.abc import Iterator, Mapping
from typing import Any

from backoffice.components.timeline import Moment
from backoffice.formatting.chips import CHARGE
from backoffice.formatting.instants import read_instant
from backoffice.words import Words, word
from payops_contracts.charges import AttemptStatus, ChargeStatus
from payops_contracts.labels import FAILED_REASON, label
from payops_contracts.money import format_money

Detail = Mapping[str, Any]

WHY_NOT = {
    "hard_decline": word(
        "It is not tried again: the code %(code)s is final, another try would fail as well."
    ),
    "policy_used_up": word(
        "It is not tried again: the policy %(policy)s (version %(version)s) allows %(most)s "
        "retries, and they are used up."
    ),
    "rail_cap": word(
        "It is not tried again: the rail allows %(most)s retries at most, whatever the policy."
    ),
    "rail_window": word(
        "It is not tried again: the next try would be due after the last day that the rail allows."
    ),
    "not_reopened": word(
        "It is not collected again: the policy %(policy)s (version %(version)s) does not reopen a "
        "charge whose debit went back."
    ),
}
"""By the reason in the decision record."""


def planned_moments(detail: Detail, words: Words) -> list[Moment]:
    """The retry that is planned, at the instant at which it is collected."""
    at, decision = detail["retries"]["next_retry_at"], detail["decision"]
    if at is None or decision is None:
        return []
    money = detail["money"]
    return [
        Moment(
            read_instant(at),
            words("Retry %(number)s of %(most)s", **_of(decision)),
            CHARGE[ChargeStatus.TEMP_REJECTED],
            amount=format_money(money["amount_minor"], money["currency"], words.language),
            more=[words("unless it is withdrawn before")],
            planned=True,
        )
    ]


def sentences(detail: Detail, words: Words) -> list[str]:
    """Why the charge is as it is and what follows; the first one says where it stands."""
    return list(_sentences(detail, words))


def _sentences(detail: Detail, words: Words) -> Iterator[str]:
    match ChargeStatus(detail["overview"]["status"]):
        case ChargeStatus.PENDING:
            yield words("It has not been debited yet, and waits for the next collection.")
        case ChargeStatus.SUBMITTED:
            yield words(
                "The processor was asked to debit %(amount)s and has not answered yet. Until it "
                "does, no other debit is sent.",
                amount=_amount(detail, words),
            )
            yield from _pending_end(detail, words)
        case ChargeStatus.TEMP_REJECTED:
            yield from _rejected(detail, words)
        case ChargeStatus.FINALIZED:
            yield words(
                "%(amount)s is collected. Nothing more is debited.", amount=_amount(detail, words)
            )
        case ChargeStatus.WITHDRAWN:
            reason = label(FAILED_REASON, detail["overview"]["failed_reason"] or "")
            yield words("Settlement wants it no longer: %(reason)s", reason=words(reason))
            yield words("It is not debited any more.")
        case ChargeStatus.PERMANENT_REJECTED | ChargeStatus.REVERSED:
            yield from _failed(detail, words)
            yield from _ended(detail, words)


def _rejected(detail: Detail, words: Words) -> Iterator[str]:
    """A retry that is planned, or a debit whose outcome nobody knows."""
    if any(each["status"] == AttemptStatus.UNKNOWN for each in detail["attempts"]):
        yield words(
            "No result has arrived of the last debit: nobody knows yet whether it was collected. "
            "It is asked for again as the same debit, so that the member cannot be debited twice; "
            "until it is answered, no other one is sent."
        )
        yield from _pending_end(detail, words)
        return
    yield from _failed(detail, words)
    decision = detail["decision"]
    if decision is not None:
        yield from _tried_again(decision, words)


def _pending_end(detail: Detail, words: Words) -> Iterator[str]:
    if detail["retries"]["withdrawal_pending"]:
        yield words(
            "Settlement wants it no longer. If this debit fails, it ends and is not tried again."
        )


def _failed(detail: Detail, words: Words) -> Iterator[str]:
    """What the decision is about: the debit that failed, or went back."""
    decision = detail["decision"]
    about = next(
        (a for a in detail["attempts"] if decision and a["debit_id"] == decision["debit_id"]), None
    )
    if about is None:
        return
    failure = about["failure"] or {}
    reason = failure.get("message") or failure.get("code")
    number = about["number"]
    went_back = about["status"] == AttemptStatus.REVERSED
    if went_back and reason:
        yield words("Debit %(number)s went back: %(reason)s", number=number, reason=reason)
    elif went_back:
        yield words("Debit %(number)s went back after it had succeeded.", number=number)
    elif reason:
        yield words("Debit %(number)s failed: %(reason)s", number=number, reason=reason)
    else:
        yield words("Debit %(number)s failed, and the processor gave no reason.", number=number)


def _tried_again(decision: Detail, words: Words) -> Iterator[str]:
    yield words(
        "It is tried again, as retry %(number)s of %(most)s, by the policy %(policy)s (version "
        "%(version)s).",
        **_of(decision),
    )
    if decision["unknown_code"]:
        yield words(
            "Nobody has said yet what follows the code %(code)s. It is taken for one that another "
            "day may mend.",
            **_of(decision),
        )
    elif decision["code"]:
        yield words("The code %(code)s is one that another day may mend.", **_of(decision))
    yield _rail(decision, words)


def _ended(detail: Detail, words: Words) -> Iterator[str]:
    decision = detail["decision"]
    why_not = None if decision is None else WHY_NOT.get(decision["why_not"])
    if decision is not None and why_not is not None:
        yield words(why_not, **_of(decision))
        yield _rail(decision, words)
    yield words("%(amount)s is still owed.", amount=_amount(detail, words, "outstanding_minor"))


def _rail(decision: Detail, words: Words) -> str:
    """Whose rules bound the policy; a rulebook's words stay as they are."""
    return words("The rail's rules: %(source)s.", source=decision["rail_source"])


def _of(decision: Detail) -> dict[str, object]:
    return {
        "number": decision["retry"],
        "most": decision["retries_max"],
        "policy": decision["policy"],
        "version": decision["policy_version"],
        "code": decision["code"] or "-",
    }


def _amount(detail: Detail, words: Words, of: str = "amount_minor") -> str:
    money = detail["money"]
    return format_money(money[of], money["currency"], words.language)
