"""Members and their standing: pure, in every order of arrival, and as events and documents."""

from datetime import datetime
from typing import Any

import bson
import pytest
from bson.codec_options import CodecOptions
from hypothesis import given, settings
from hypothesis import strategies as st

from billing_debits.api.member_presenting import accounts, member_detail
from billing_debits.domain import following
from billing_debits.domain.blocking import block, unblock
from billing_debits.domain.charge import Charge
from billing_debits.domain.errors import MemberBlocked, MemberNotBlocked
from billing_debits.domain.facts import EndKind, Payer, ResultKind
from billing_debits.domain.following import ChargeFact, follow
from billing_debits.domain.member import HISTORY_ROWS_KEPT, Block, Member, MemberCharge
from billing_debits.domain.searching import member_words
from billing_debits.events import charge_told
from billing_debits.publishing.charges import restated_message, step_messages
from billing_debits.publishing.members import standing_messages
from billing_debits.store.members import MemberStore
from payops_contracts.charges import ChargeStatus
from payops_contracts.ids import ChargeId, MpassNumber
from payops_contracts.members import MemberStanding
from payops_contracts.registry import validate
from payops_kernel.facts import Cause, HistoryFull
from payops_testing.billing_debits.builders import (
    START,
    a_charge,
    at,
    debited,
    ended,
    folded,
    result,
)

S, C = MemberStanding, ChargeStatus
MEMBER = MpassNumber("MP-1")
AWARE: CodecOptions[dict[str, object]] = CodecOptions(tz_aware=True)


class _NoDatabase(dict[str, None]):
    def __missing__(self, name: str) -> None:
        return None


STORE = MemberStore(_NoDatabase())  # type: ignore[arg-type]


def told(status: ChargeStatus, number: int = 1, sequence: int = 1, **changes: Any) -> ChargeFact:
    """What an event of a charge of US$3.23 says to its member."""
    event, user = changes.pop("event", "debit_failed"), changes.pop("user", "user-1")
    charge = MemberCharge(
        charge_id=ChargeId(f"CH-{number}"),
        sequence=sequence,
        status=status,
        amount_minor=323,
        currency="USD",
        created_at=at(number),
        retry_count=0,
        settled_otherwise=False,
        answered_at=at(number, hours=1),
    )
    cause = Cause("/payops/billing-debits", f"CH-{number}:{sequence}", at(number, hours=sequence))
    return ChargeFact(cause, MEMBER, Payer(user, "Duong Le"), event, charge._replace(**changes))


def followed(*facts: ChargeFact, on: Member | None = None, policy: bool = False) -> Member:
    """The member after facts, one after the other."""
    member = on
    for fact in facts:
        member = follow(member, fact, block_after_rejection=policy)
    assert member is not None
    return member


def said(member: Member) -> list[Any]:
    """What the last step said to the world."""
    return [validate(each.value or b"") for each in standing_messages(member)]


@pytest.mark.parametrize(
    ("status", "changes", "standing", "owed"),
    [
        (C.PENDING, {}, S.GOOD, {"USD": 323}),
        (C.SUBMITTED, {}, S.GOOD, {"USD": 323}),
        (C.SUBMITTED, {"retry_count": 1}, S.IN_RETRY, {"USD": 323}),
        (C.TEMP_REJECTED, {"retry_count": 1}, S.IN_RETRY, {"USD": 323}),
        (C.FINALIZED, {"retry_count": 1}, S.GOOD, {}),
        (C.PERMANENT_REJECTED, {}, S.IN_ARREARS, {"USD": 323}),
        (C.REVERSED, {}, S.IN_ARREARS, {"USD": 323}),
        (C.WITHDRAWN, {}, S.GOOD, {}),
        (C.WITHDRAWN, {"settled_otherwise": True}, S.GOOD, {}),
    ],
)
def test_the_standing_follows_from_a_charge(
    status: ChargeStatus, changes: dict[str, Any], standing: MemberStanding, owed: dict[str, int]
) -> None:
    member = followed(told(status, **changes))
    assert (member.standing, member.owed) == (standing, owed)


def test_the_worst_of_several_charges_counts_and_currencies_are_never_summed() -> None:
    member = followed(
        told(C.FINALIZED),
        told(C.TEMP_REJECTED, 2),
        told(C.PERMANENT_REJECTED, 3, currency="EUR", amount_minor=1_000),
        told(C.PENDING, 4),
    )
    assert member.standing is S.IN_ARREARS
    assert member.owed == {"EUR": 1_000, "USD": 646}
    assert [each.charge_id for each in member.behind_standing] == ["CH-3"]
    followed(told(C.FINALIZED, 3, sequence=2, currency="EUR", amount_minor=1_000), on=member)
    assert (member.standing, member.owed) == (S.IN_RETRY, {"USD": 646})


CHARGES = st.builds(
    lambda status, number, sequence, retries: told(
        status, number, sequence, retry_count=retries, currency=("USD", "EUR")[number % 2]
    ),
    st.sampled_from(ChargeStatus),
    st.integers(1, 4),
    st.integers(1, 6),
    st.integers(0, 2),
)  # fmt: skip
LIVES = st.lists(CHARGES, min_size=1, max_size=12, unique_by=lambda it: it.cause.event_id)


def parts(member: Member) -> dict[str, Any]:
    """What must be the same whatever the order of arrival."""
    return {
        "standing": member.standing,
        "owed": member.owed,
        "charges": member.charges,
        "block": member.block,
        "payer": member.payer,
    }


@given(LIVES, st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=300, deadline=None)
def test_every_order_of_arrival_with_duplicates_ends_in_the_same_state(
    facts: list[ChargeFact], random: Any, policy: bool
) -> None:
    in_order = followed(*sorted(facts, key=lambda it: it.charge.sequence), policy=policy)
    arrived = [*facts, *random.choices(facts, k=len(facts))]
    random.shuffle(arrived)
    shuffled = followed(*arrived, policy=policy)
    assert parts(shuffled) == parts(in_order)
    assert shuffled.history[-1].after is shuffled.standing


@given(LIVES, st.booleans())
@settings(max_examples=150, deadline=None)
def test_only_a_change_of_standing_is_said_and_every_step_moves_the_version(
    facts: list[ChargeFact], policy: bool
) -> None:
    member: Member | None = None
    for fact in facts:
        before = None if member is None else (member.version, member.standing)
        known = None if member is None else member.charges.get(fact.charge.charge_id)
        member = follow(member, fact, block_after_rejection=policy)
        news = known is None or fact.charge.sequence > known.sequence
        assert (member.version > (before or (0, None))[0]) is news
        assert member.version >= max(each.sequence for each in member.charges.values())
        standing = None if before is None else before[1]
        events = said(member)
        assert len(events) == (news and member.standing is not standing)
        for event in events:
            assert (event.subject, event.version) == (MEMBER, member.version)
            assert event.data.standing is member.standing
            assert event.data.change.standing_before is standing
            assert {it.currency: it.amount_minor for it in event.data.owed} == member.owed
        raw = bson.encode(STORE.to_document(member))
        again = STORE.from_document(bson.decode(raw, AWARE))
        assert STORE.to_document(again) == STORE.to_document(member)


def test_an_older_or_equal_sequence_changes_nothing_and_says_nothing() -> None:
    member = followed(told(C.TEMP_REJECTED, sequence=5))
    version = member.version
    for sequence in (5, 4):
        followed(told(C.FINALIZED, sequence=sequence), on=member)
        assert (member.version, member.standing, said(member)) == (version, S.IN_RETRY, [])


def test_an_operator_blocks_until_an_operator_unblocks_whatever_is_paid() -> None:
    member = followed(told(C.PERMANENT_REJECTED))
    block(member, "local:operator", "Fraud", at(2))
    (event,) = said(member)
    assert (event.type, event.data.standing) == ("payops.member.blocked.v1", S.BLOCKED)
    assert event.data.block is not None
    assert (event.data.block.by, event.data.block.reason) == ("local:operator", "Fraud")
    assert (event.data.change.event, event.data.change.actor) == (
        "member_blocked",
        "local:operator",
    )
    with pytest.raises(MemberBlocked, match="has blocked the member already"):
        block(member, "local:other", "Again", at(3))
    followed(told(C.FINALIZED, sequence=2), on=member)
    assert (member.standing, member.owed, said(member)) == (S.BLOCKED, {}, [])
    unblock(member, "local:operator", "Cleared", at(4))
    assert (member.standing, member.block, member.since) == (S.GOOD, None, at(4))
    assert [each.type for each in said(member)] == ["payops.member.unblocked.v1"]
    assert [row.after for row in member.history] == [S.IN_ARREARS, S.BLOCKED, S.GOOD]
    with pytest.raises(MemberNotBlocked):
        unblock(member, "local:operator", "Again", at(5))


def test_the_policy_blocks_while_a_charge_is_permanently_rejected_when_it_is_set() -> None:
    assert followed(told(C.PERMANENT_REJECTED)).standing is S.IN_ARREARS
    member = followed(told(C.PERMANENT_REJECTED), policy=True)
    assert member.block == Block("policy", "Charge CH-1 was permanently rejected.", at(1, hours=1))
    assert [row.after for row in member.history] == [S.BLOCKED]
    followed(told(C.FINALIZED, sequence=2), on=member, policy=True)
    assert [row.after for row in member.history] == [S.BLOCKED, S.GOOD]
    assert "block" not in STORE.to_document(member)
    assert followed(told(C.REVERSED), policy=True).standing is S.IN_ARREARS


def test_a_policys_block_that_a_person_lifted_comes_back_with_another_charge_only() -> None:
    member = followed(told(C.PERMANENT_REJECTED), policy=True)
    unblock(member, "local:operator", "Paid by cheque next week", at(2))
    assert member.standing is S.IN_ARREARS
    followed(told(C.PERMANENT_REJECTED, sequence=2), on=member, policy=True)
    assert member.standing is S.IN_ARREARS
    followed(told(C.PERMANENT_REJECTED, 2), on=member, policy=True)
    assert (member.standing, member.block and member.block.by_policy) == (S.BLOCKED, True)


def test_an_operators_block_takes_the_policys_place_and_says_nothing_of_the_standing() -> None:
    member = followed(told(C.PERMANENT_REJECTED), policy=True)
    block(member, "local:operator", "By hand", at(2))
    assert (said(member), member.history[-1].reason) == ([], "By hand")
    followed(told(C.FINALIZED, sequence=2), on=member, policy=True)
    assert member.standing is S.BLOCKED


def test_the_latest_charge_says_who_the_member_is() -> None:
    member = followed(told(C.PENDING, 2, user="new"), told(C.PENDING, 1, user="old"))
    assert member.payer.id == "new"
    assert member_words(member.id, member.payer) == ["mp-1", "new", "duong le", "le"]


def test_a_history_keeps_its_newest_rows() -> None:
    member = followed(told(C.PENDING))
    for number in range(HISTORY_ROWS_KEPT):
        (unblock if member.block else block)(member, "local:operator", f"{number}", at(2))
    assert len(member.history) == HISTORY_ROWS_KEPT
    assert member.history[-1].reason == f"{HISTORY_ROWS_KEPT - 1}"
    assert member.history[0].reason == "0"


def test_more_charges_than_a_member_may_have_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "CHARGES_MAX", 1)
    member = followed(told(C.PENDING))
    with pytest.raises(HistoryFull):
        followed(told(C.PENDING, 2), on=member)
    assert (list(member.charges), member.version) == (["CH-1"], 1)


def test_a_charge_that_is_said_again_after_a_restore_has_its_member_said_again_above_all() -> None:
    member = followed(told(C.TEMP_REJECTED))
    followed(told(C.TEMP_REJECTED, sequence=1_000_001, event="restored"), on=member)
    (event,) = said(member)
    assert (event.version, event.data.standing) == (1_000_001, S.IN_RETRY)
    assert event.data.change.standing_before is S.IN_RETRY
    assert len(member.history) == 1


def of(charge: Charge) -> ChargeFact:
    """What the last step of a real charge says to its member."""
    (message, *_) = step_messages(charge)
    event: Any = validate(message.value or b"")
    return charge_told(event)


def test_the_events_of_a_real_charge_carry_its_member_through_every_standing() -> None:
    charge = a_charge()
    member = followed(of(charge))
    standings = [member.standing]
    debited(charge, at())
    standings.append(followed(of(charge), on=member).standing)
    folded(result(ResultKind.FAILED), on=charge)
    standings.append(followed(of(charge), on=member).standing)
    debited(charge, at(1))
    standings.append(followed(of(charge), on=member).standing)
    folded(result(ResultKind.FAILED, 2, at(1), code="account_closed"), on=charge)
    assert charge.status is C.PERMANENT_REJECTED
    standings.append(followed(of(charge), on=member).standing)
    folded(ended(EndKind.SETTLED, at(2)), on=charge)
    standings.append(followed(of(charge), on=member).standing)
    assert standings == [S.GOOD, S.GOOD, S.IN_RETRY, S.IN_RETRY, S.IN_ARREARS, S.GOOD]
    assert accounts(member.charges.values()) == [
        {
            "currency": "USD", "charges": 1, "charged_minor": 323, "collected_minor": 0,
            "settled_minor": 323, "withdrawn_minor": 0, "owed_minor": 0,
        }
    ]  # fmt: skip
    again: Any = validate(restated_message(charge, at(3), "r1").value or b"")
    fact = charge_told(again)
    assert (fact.event, fact.charge.status) == ("restored", C.WITHDRAWN)


def test_a_detail_says_what_can_be_done_and_since_when() -> None:
    member = followed(told(C.TEMP_REJECTED))
    detail = member_detail(member)
    since: datetime = detail["overview"]["since"]
    assert (since, detail["actions"]["unblock"]["reason"]) == (
        at(1, hours=1), "The member is not blocked.",
    )  # fmt: skip
    assert detail["actions"]["block"] == {"allowed": True, "reason": None}
    assert [row["charge_id"] for row in detail["behind_standing"]] == ["CH-1"]
    assert detail["history"][0]["event_label"] == "Debit failed"
    assert since > START
