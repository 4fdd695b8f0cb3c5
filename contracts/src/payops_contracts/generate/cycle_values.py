"""The words that golden examples of billing cycles are written with."""

from typing import Any

from payops_contracts.generate.omit import OMIT

_CYCLE = "20251001"
_CYCLE_TOTALS: dict[str, Any] = {
    "subject": _CYCLE,
    "partitionkey": _CYCLE,
    "source": "https://settlement.example",
    "cause_source": "https://settlement.example",
    "charges": 3,
    "charged_minor": 969,
    "tax_minor": 174,
    "collected": 1,
    "collected_minor": 323,
    "owed_back_minor": 0,
    "outstanding": 0,
    "outstanding_minor": 0,
    "permanently_rejected": 1,
    "permanently_rejected_minor": 323,
    "withdrawn": 1,
    "withdrawn_minor": 323,
    "settled_otherwise": 0,
    "settled_otherwise_minor": 0,
    "adjustments.adjustments": 1,
    "adjusted_elsewhere.adjustments": 1,
    "adjusted_minor": -323,
    "note": OMIT,
}
_NO_ADJUSTMENT: dict[str, Any] = {
    f"change.{name}": OMIT
    for name in (
        "charge_id", "debit_id", "currency", "adjusted_minor", "closed_cycle_code",
        "open_cycle_code",
    )
}  # fmt: skip
_NOBODY: dict[str, Any] = {"change.actor": OMIT, "change.reason": OMIT}
_OF_A_PERSON: dict[str, Any] = _NO_ADJUSTMENT | {
    "cause_source": "/payops/billing-debits",
    "actor": "local:approver",
    "reason": "The last debits were written off",
}


def _cycle_story(event: str, status: str, before: str | None, **more: Any) -> dict[str, Any]:
    frozen: dict[str, Any] = {} if status == "CLOSED" else {"closed_at": OMIT, "data.totals": OMIT}
    told = {"change.event": event, "status": status, "status_before": before}
    return _CYCLE_TOTALS | told | frozen | more


CYCLE_VALUES: dict[str, dict[str, Any]] = {
    "upstream.billing-cycle.opened.v1": _CYCLE_TOTALS,
    "upstream.billing-cycle.totals.v1": _CYCLE_TOTALS,
    "upstream.billing-cycle.ended.v1": _CYCLE_TOTALS,
    "payops.billing-cycle.opened.v1": _cycle_story(
        "cycle_opened", "OPEN", None, ended_at=OMIT, **_NO_ADJUSTMENT, **_NOBODY
    ),
    "payops.billing-cycle.ended.v1": _cycle_story(
        "cycle_ended", "ENDED", "OPEN", **_NO_ADJUSTMENT, **_NOBODY
    ),
    "payops.billing-cycle.closed.v1": _cycle_story("cycle_closed", "CLOSED", "ENDED")
    | _OF_A_PERSON,
    "payops.billing-cycle.reopened.v1": _cycle_story("cycle_reopened", "ENDED", "CLOSED")
    | _OF_A_PERSON,
    "payops.billing-cycle.adjusted.v1": _cycle_story(
        "cycle_adjusted",
        "OPEN",
        "OPEN",
        ended_at=OMIT,
        **_NOBODY,
        **{
            "cause_source": "/payops/billing-debits",
            "change.closed_cycle_code": "20250901",
            "change.open_cycle_code": "20251001",
        },
    ),
    "payops.billing-cycle.noted.v1": _cycle_story(
        "cycle_totals_told",
        "OPEN",
        "OPEN",
        ended_at=OMIT,
        applied=False,
        note="ignored: later totals are known",
        **_NO_ADJUSTMENT,
        **_NOBODY,
    ),
}
"""By event type, then by the end of a path."""
