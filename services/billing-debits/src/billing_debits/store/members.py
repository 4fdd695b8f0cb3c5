"""A member as a document, and back; its collection and indexes."""

from billing_debits.domain.facts import Payer
from billing_debits.domain.member import Block, Member, MemberCharge, StandingRow
from billing_debits.domain.searching import member_words
from payops_contracts.charges import ChargeStatus
from payops_contracts.members import MemberStanding
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

COLLECTION = "members"
BY_DATE, BY_STANDING = "by_date", "by_standing"

INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [
        IndexModel(
            [("since", DESCENDING), ("_id", DESCENDING), ("standing", ASCENDING)], name=BY_DATE
        ),
        IndexModel(
            [("standing", ASCENDING), ("since", DESCENDING), ("_id", DESCENDING)],
            name=BY_STANDING,
        ),
        IndexModel(
            [("search", ASCENDING), ("since", DESCENDING), ("_id", DESCENDING)], name="by_search"
        ),
    ]
}
WAYS = (
    IndexWay(BY_DATE, ("since",), in_order_of="since", covers=True),
    IndexWay(
        BY_STANDING,
        ("standing", "since"),
        in_order_within="since",
        covers=True,
        every={"standing": {"$in": sorted(each.value for each in MemberStanding)}},
    ),
)


class MemberStore:
    """Document ↔ entity. Satisfies the kernel's ``AggregateStore``."""

    indexes = INDEXES

    def __init__(self, db: Collections) -> None:
        self.collection = db[COLLECTION]

    def to_document(self, aggregate: Member) -> Document:
        """The stored form; what lists filter, sort and show stands beside what it comes from."""
        member, payer = aggregate, aggregate.payer
        return {
            "_id": member.id,
            "version": member.version,
            "standing": member.standing.value,
            "since": member.since,
            "user": present(id=payer.id, name=payer.name, email=payer.email, phone=payer.phone),
            "owed": [
                {"currency": currency, "amount_minor": Int64(minor)}
                for currency, minor in member.owed.items()
            ],
            "unpaid": sum(each.outstanding_minor > 0 for each in member.charges.values()),
            "search": member_words(member.id, payer),
            "charges": [_charge_document(each) for each in member.charges.values()],
            "history": [_row_document(row) for row in member.history],
        } | present(
            block=None if member.block is None else member.block._asdict(),
            pardoned=sorted(member.pardoned) or None,
        )

    def from_document(self, document: Document) -> Member:
        """The entity back from its document."""
        user, block = document["user"], document.get("block")
        charges = [_charge(row) for row in document["charges"]]
        return Member(
            document["_id"],
            Payer(user["id"], user.get("name"), user.get("email"), user.get("phone")),
            document["since"],
            document["version"],
            MemberStanding(document["standing"]),
            {each.charge_id: each for each in charges},
            None if block is None else Block(block["by"], block["reason"], block["at"]),
            set(document.get("pardoned", ())),
            [_row(row) for row in document["history"]],
        )


def _charge_document(each: MemberCharge) -> Document:
    return {
        "charge_id": each.charge_id,
        "sequence": each.sequence,
        "status": each.status.value,
        "amount_minor": Int64(each.amount_minor),
        "currency": each.currency,
        "created_at": each.created_at,
        "retry_count": each.retry_count,
    } | present(
        settled_otherwise=each.settled_otherwise or None,
        answered_at=each.answered_at,
    )


def _charge(row: Document) -> MemberCharge:
    return MemberCharge(
        row["charge_id"],
        row["sequence"],
        ChargeStatus(row["status"]),
        int(row["amount_minor"]),
        row["currency"],
        row["created_at"],
        row["retry_count"],
        row.get("settled_otherwise", False),
        row.get("answered_at"),
    )


def _row_document(row: StandingRow) -> Document:
    return {"at": row.at, "event": row.event, "after": row.after.value} | present(
        before=None if row.before is None else row.before.value,
        charge_id=row.charge_id,
        actor=row.actor,
        reason=row.reason,
    )


def _row(row: Document) -> StandingRow:
    before = row.get("before")
    return StandingRow(
        row["at"],
        row["event"],
        None if before is None else MemberStanding(before),
        MemberStanding(row["after"]),
        row.get("charge_id"),
        row.get("actor"),
        row.get("reason"),
    )
