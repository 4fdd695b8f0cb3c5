"""Stored members as they go over the wire."""

from collections.abc import Callable, Iterable
from typing import Any

from billing_debits.domain.blocking import check_blocked, check_unblocked
from billing_debits.domain.member import Member, MemberCharge, StandingRow
from payops_contracts.charges import ChargeStatus
from payops_contracts.labels import CHARGE_STATUS, MEMBER_EVENT, MEMBER_STANDING, label
from payops_contracts.money import format_money
from payops_kernel.errors import PayOpsError

Stored = dict[str, Any]

CHARGES_SHOWN = 50


def member_detail(member: Member) -> Stored:
    """A ``MemberDetail``."""
    return {
        "overview": {
            "mpass_number": member.id,
            "standing": member.standing,
            "standing_label": MEMBER_STANDING[member.standing],
            "since": member.since,
            "unpaid": sum(each.outstanding_minor > 0 for each in member.charges.values()),
        },
        "user": member.payer._asdict(),
        "block": None if member.block is None else member.block._asdict(),
        "owed": owed_sums(member),
        "accounts": accounts(member.charges.values()),
        "behind_standing": [_charge(each) for each in member.behind_standing[:CHARGES_SHOWN]],
        "charges": [_charge(each) for each in member.newest_first[:CHARGES_SHOWN]],
        "history": [_history_row(row) for row in reversed(member.history)],
        "actions": {
            "block": _possible(check_unblocked, member),
            "unblock": _possible(check_blocked, member),
        },
        "version": member.version,
    }


def owed_sums(member: Member) -> list[Stored]:
    """A ``OwedOut`` a currency in which something is owed."""
    return [
        {"currency": currency, "amount_minor": minor, "amount": format_money(minor, currency)}
        for currency, minor in member.owed.items()
    ]


def accounts(charges: Iterable[MemberCharge]) -> list[Stored]:
    """A ``MemberAccount`` a currency."""
    found: dict[str, Stored] = {}
    for each in charges:
        account = found.setdefault(
            each.currency,
            {
                "currency": each.currency, "charges": 0, "charged_minor": 0, "collected_minor": 0,
                "settled_minor": 0, "withdrawn_minor": 0, "owed_minor": 0,
            },
        )  # fmt: skip
        account["charges"] += 1
        account["charged_minor"] += each.amount_minor
        account[_where(each)] += each.amount_minor
    return [found[currency] for currency in sorted(found)]


def _where(charge: MemberCharge) -> str:
    if charge.status is ChargeStatus.FINALIZED:
        return "collected_minor"
    if charge.status is ChargeStatus.WITHDRAWN:
        return "settled_minor" if charge.settled_otherwise else "withdrawn_minor"
    return "owed_minor"


def _charge(each: MemberCharge) -> Stored:
    return {
        "charge_id": each.charge_id,
        "created_at": each.created_at,
        "status": each.status,
        "status_label": CHARGE_STATUS[each.status],
        "amount_minor": each.amount_minor,
        "currency": each.currency,
        "outstanding_minor": each.outstanding_minor,
        "settled_otherwise": each.settled_otherwise,
    }


def _history_row(row: StandingRow) -> Stored:
    return {
        "at": row.at,
        "event": row.event,
        "event_label": label(MEMBER_EVENT, row.event),
        "standing_before": row.before,
        "standing": row.after,
        "standing_label": MEMBER_STANDING[row.after],
        "charge_id": row.charge_id,
        "actor": row.actor,
        "reason": row.reason,
    }


def _possible(check: Callable[[Member], None], member: Member) -> Stored:
    try:
        check(member)
    except PayOpsError as refusal:
        return {"allowed": False, "reason": str(refusal)}
    return {"allowed": True, "reason": None}
