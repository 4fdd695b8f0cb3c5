"""A charge as a document, and back; its collection and indexes."""

from billing_debits.domain.attempts import Attempt, Outcome
from billing_debits.domain.charge import Charge, Ending, HistoryRow
from billing_debits.domain.exceptions import DebitException
from billing_debits.domain.facts import (
    Consumption,
    EndKind,
    Failure,
    Payer,
    Raised,
    ResultKind,
    TaxLine,
)
from billing_debits.domain.policies import Decision, WhyNot
from billing_debits.domain.searching import search_words
from payops_contracts.charges import (
    AttemptStatus,
    ChargeException,
    ChargeStatus,
    ChargeType,
    Rail,
)
from payops_kernel.mongo import (
    ASCENDING,
    DESCENDING,
    Collections,
    Document,
    IndexModel,
    IndexWay,
    Int64,
    present,
)

COLLECTION = "charges"

_STATUS: dict[str, ChargeStatus] = {status.value: status for status in ChargeStatus}
_ATTEMPT_STATUS: dict[str, AttemptStatus] = {each.value: each for each in AttemptStatus}
_TYPE: dict[str, ChargeType] = {kind.value: kind for kind in ChargeType}
_RAIL: dict[str, Rail] = {rail.value: rail for rail in Rail}

FACETS = ("status", "type", "rail", "currency")
"""What every row has one of few words for, from few to many."""
BY_DATE, BY_AMOUNT, BY_FACETS, BY_CYCLE = "by_date", "by_amount", "by_facets", "by_cycle"

INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [
        # Its order first, then all that filters name: what a filter drops costs no look at a row.
        IndexModel(
            [
                ("created_at", DESCENDING),
                ("_id", DESCENDING),
                *((field, ASCENDING) for field in FACETS),
                ("cycle", ASCENDING),
                ("amount_minor", ASCENDING),
            ],
            name=BY_DATE,
        ),
        IndexModel(
            [
                *((field, ASCENDING) for field in FACETS),
                ("created_at", DESCENDING),
                ("_id", DESCENDING),
                ("cycle", ASCENDING),
                ("amount_minor", DESCENDING),
            ],
            name=BY_FACETS,
        ),
        IndexModel([("amount_minor", DESCENDING), ("_id", DESCENDING)], name=BY_AMOUNT),
        IndexModel(
            [("search", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)],
            name="by_search",
        ),
        # A cycle's list, and its totals: all that they are made of costs no look at a charge.
        IndexModel(
            [
                ("cycle", ASCENDING),
                ("created_at", DESCENDING),
                ("_id", DESCENDING),
                *((field, ASCENDING) for field in FACETS),
                ("amount_minor", ASCENDING),
                ("ended.kind", ASCENDING),
                ("collected_minor", ASCENDING),
                ("tax_minor", ASCENDING),
            ],
            name=BY_CYCLE,
        ),
        # What the next batch may take: only charges that wait are in it.
        IndexModel(
            [("collect_at", ASCENDING), ("currency", ASCENDING), ("rail", ASCENDING)],
            name="to_collect",
            partialFilterExpression={"collect_at": {"$exists": True}},
        ),
    ]
}
WAYS = (
    IndexWay(BY_DATE, ("created_at",), in_order_of="created_at", covers=True),
    IndexWay(
        BY_FACETS,
        (*FACETS, "created_at"),
        in_order_within="created_at",
        covers=True,
        every={
            "status": {"$in": sorted(status.value for status in ChargeStatus)},
            "type": {"$in": sorted(kind.value for kind in ChargeType)},
            "rail": {"$in": sorted(rail.value for rail in Rail)},
        },
    ),
    IndexWay(BY_AMOUNT, ("amount_minor",), in_order_of="amount_minor"),
    # By date too where a cycle is named; where none is, the first one is as good.
    IndexWay(BY_CYCLE, ("cycle",), in_order_of="created_at", covers=True),
)


class ChargeStore:
    """Document ↔ entity. Satisfies the kernel's ``AggregateStore``."""

    indexes = INDEXES

    def __init__(self, db: Collections) -> None:
        self.collection = db[COLLECTION]

    def to_document(self, aggregate: Charge) -> Document:
        """The stored form; absent optional parts are left out.

        What lists filter, sort and show stands beside what it is derived from.
        """
        charge, raised, stand = aggregate, aggregate.raised, aggregate.standing()
        payer, status = raised.payer, stand.status
        document: Document = {
            "_id": charge.id,
            "version": charge.version,
            "status": status.value,
            "created_at": raised.created_at,
            "mpass_number": raised.mpass_number,
            "user": present(id=payer.id, name=payer.name, email=payer.email, phone=payer.phone),
            "billing_code": raised.billing_code,
            "type": raised.type.value,
            "rail": raised.rail.value,
            "amount_minor": Int64(raised.amount_minor),
            "currency": raised.currency,
            "net_minor": Int64(raised.net_minor),
            "tax_minor": Int64(raised.tax_minor),
            "description": raised.description,
            "tax": [_tax_document(line) for line in raised.tax],
            "retry_count": stand.retry_count,
            "retries_max": charge.retries_max,
            "collected_minor": Int64(charge.collected_minor),
            "outstanding_minor": Int64(stand.outstanding_minor),
            "batches": list(charge.batches),
            "attempts": [_attempt_document(each) for each in charge.attempts],
            "search": search_words(charge),
            "history": [_row_document(row) for row in charge.history],
        }
        decision = charge.decision
        planned = None if stand.retry_due_at is None or decision is None else decision
        waits = status is ChargeStatus.PENDING or planned is not None
        return document | present(
            cycle=raised.cycle,
            failed_reason=stand.failed_reason,
            next_retry_at=None if planned is None else planned.next_at,
            batch_code=charge.batches[-1] if charge.batches else None,
            batch=charge.batch,
            collect_at=(stand.retry_due_at or raised.created_at)
            if waits and charge.batch is None
            else None,
            ended=_ending_document(charge.ended),
            decision=None if decision is None else _decision_document(decision),
            consumption=[_consumption_document(it) for it in raised.consumption] or None,
            exceptions=[_exception_document(each) for each in charge.exceptions] or None,
        )

    def from_document(self, document: Document) -> Charge:
        """The entity back from its document."""
        get = document.get
        return Charge(
            raised=_raised(document),
            version=document["version"],
            attempts=[_attempt(row) for row in document["attempts"]],
            ended=_ending(get("ended")),
            decision=_decision(get("decision")),
            retries_max=document["retries_max"],
            batch=get("batch"),
            batches=list(document["batches"]),
            exceptions=[_exception(row) for row in get("exceptions", ())],
            history=[_row(row) for row in document["history"]],
        )


def _raised(document: Document) -> Raised:
    user = document["user"]
    return Raised(
        document["_id"],
        document["created_at"],
        document["mpass_number"],
        Payer(user["id"], user.get("name"), user.get("email"), user.get("phone")),
        document["billing_code"],
        document.get("cycle"),
        _TYPE[document["type"]],
        int(document["amount_minor"]),
        document["currency"],
        _RAIL[document["rail"]],
        document["description"],
        tuple([_tax_line(line) for line in document["tax"]]),
        tuple([_consumption(it) for it in document.get("consumption", ())]),
    )


def _tax_document(line: TaxLine) -> Document:
    return {
        "amount_minor": Int64(line.amount_minor),
        "rate_ppm": line.rate_ppm,
        "tax_minor": Int64(line.tax_minor),
    } | present(description=line.description)


def _tax_line(row: Document) -> TaxLine:
    amount, tax = int(row["amount_minor"]), int(row["tax_minor"])
    return TaxLine(amount, row["rate_ppm"], tax, row.get("description"))


def _consumption_document(it: Consumption) -> Document:
    return {
        "transaction_id": it.transaction_id,
        "amount_minor": Int64(it.amount_minor),
        "occurred_at": it.occurred_at,
    } | present(description=it.description)


def _consumption(row: Document) -> Consumption:
    return Consumption(
        row["transaction_id"], int(row["amount_minor"]), row["occurred_at"], row.get("description")
    )


def _failure_document(failure: Failure | None) -> Document | None:
    return None if failure is None else {"code": failure.code} | present(message=failure.message)


def _failure(row: Document | None) -> Failure | None:
    return None if row is None else Failure(row["code"], row.get("message"))


def _outcome_document(outcome: Outcome) -> Document:
    failure = _failure_document(outcome.failure)
    return {"at": outcome.at, "kind": outcome.kind.value} | present(failure=failure)


def _outcome(row: Document) -> Outcome:
    return Outcome(row["at"], ResultKind(row["kind"]), _failure(row.get("failure")))


def _attempt_document(attempt: Attempt) -> Document:
    return {
        "debit_id": attempt.debit_id,
        "number": attempt.number,
        "status": attempt.status.value,
        "submitted_at": attempt.submitted_at,
        "asked": attempt.asked,
    } | present(
        key=attempt.key,
        batch=attempt.batch,
        unanswered_since=attempt.unanswered_since,
        permanent=attempt.permanent or None,
        retry_count=attempt.retry_count,
        outcomes=[_outcome_document(it) for it in attempt.outcomes.values()] or None,
    )


def _attempt(row: Document) -> Attempt:
    get = row.get
    outcomes = [_outcome(it) for it in get("outcomes", ())]
    return Attempt(
        row["debit_id"],
        row["number"],
        row["submitted_at"],
        get("key"),
        get("batch"),
        row["asked"],
        get("unanswered_since"),
        get("permanent", False),
        get("retry_count"),
        {outcome.kind: outcome for outcome in outcomes},
        _ATTEMPT_STATUS[row["status"]],
    )


def _ending_document(ended: Ending | None) -> Document | None:
    if ended is None:
        return None
    return {"at": ended.at, "kind": ended.kind.value} | present(reason=ended.reason)


def _ending(row: Document | None) -> Ending | None:
    return None if row is None else Ending(row["at"], EndKind(row["kind"]), row.get("reason"))


def _decision_document(decision: Decision) -> Document:
    return {
        "at": decision.at,
        "debit_id": decision.debit_id,
        "outcome": _outcome_document(decision.outcome),
        "policy": decision.policy,
        "policy_version": decision.policy_version,
        "retry": decision.retry,
        "retries_max": decision.retries_max,
    } | present(
        due_at=decision.due_at,
        next_at=decision.next_at,
        why_not=None if decision.why_not is None else decision.why_not.value,
        unknown_code=decision.unknown_code or None,
    )


def _decision(row: Document | None) -> Decision | None:
    if row is None:
        return None
    why_not = row.get("why_not")
    return Decision(
        row["at"],
        row["debit_id"],
        _outcome(row["outcome"]),
        row["policy"],
        row["policy_version"],
        row["retry"],
        row["retries_max"],
        row.get("due_at"),
        row.get("next_at"),
        None if why_not is None else WhyNot(why_not),
        row.get("unknown_code", False),
    )


def _exception_document(each: DebitException) -> Document:
    return {
        "kind": each.kind.value,
        "opened_at": each.opened_at,
        "amount_minor": Int64(each.amount_minor),
    } | present(
        debit_id=each.debit_id,
        owner=each.owner,
        resolved_at=each.resolved_at,
        resolved_by=each.resolved_by,
        resolution=each.resolution,
    )


def _exception(row: Document) -> DebitException:
    get = row.get
    return DebitException(
        ChargeException(row["kind"]),
        row["opened_at"],
        get("debit_id"),
        int(row["amount_minor"]),
        get("owner"),
        get("resolved_at"),
        get("resolved_by"),
        get("resolution"),
    )


def _row_document(row: HistoryRow) -> Document:
    collected, reversed_ = row.collected_minor, row.reversed_minor
    return {
        "at": row.at,
        "event": row.event,
        "status": row.status.value,
        "source": row.source,
        "event_id": row.event_id,
    } | present(
        note=row.note,
        debit_id=row.debit_id,
        collected_minor=None if collected is None else Int64(collected),
        reversed_minor=None if reversed_ is None else Int64(reversed_),
        actor=row.actor,
        detail=row.detail,
        digest=row.digest,
    )


def _row(row: Document) -> HistoryRow:
    get = row.get
    note, collected, reversed_ = get("note"), get("collected_minor"), get("reversed_minor")
    return HistoryRow(
        row["at"],
        row["event"],
        _STATUS[row["status"]],
        row["source"],
        row["event_id"],
        note is None,
        note,
        get("debit_id"),
        None if collected is None else int(collected),
        None if reversed_ is None else int(reversed_),
        get("actor"),
        get("detail"),
        get("digest"),
    )
