"""Commands that share a transaction, on a real mongod: a key's first answer is its only one."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.errors import PayOpsError
from payops_kernel.http.problems import problem_of
from payops_kernel.idempotency import INDEXES, KeyReused, StillRunning
from payops_kernel.messaging.outbox import INDEXES as OUTBOX_INDEXES
from payops_kernel.mongo import Mongo, Session, ensure_collections
from payops_kernel.ports import CommandAnswer, CommandContext, RequestIdentity, Work
from payops_kernel.testing.works import commands_on
from payops_kernel.work import Done

EFFECTS = "effects"
OPERATOR = Principal.of("olga", "Olga", [UserRole.OPERATOR], "token")


class TillBusy(PayOpsError):
    """A refusal that another try may escape."""

    code = "till_busy"
    status = 503
    retryable = True


class TillSoldOut(PayOpsError):
    """A refusal for good."""

    code = "till_sold_out"
    status = 409


class Desk:
    """Sells things; ``refusals`` says what is refused now, by name."""

    def __init__(self, mongo: Mongo, clock: DrivenClock) -> None:
        self.groups: list[int] = []
        self.refusals: dict[str, PayOpsError] = {}
        self.closed: PayOpsError | None = None
        self._effects = mongo.db[EFFECTS]
        self.commands = commands_on(mongo, clock, refusal=lambda: self.closed)
        together = self.commands._works.together

        async def counted(session: Session, asked: Sequence[Any]) -> list[Done[Any]]:
            self.groups.append(len(asked))
            return await together(session, asked)

        self.commands._works.together = counted  # type: ignore[method-assign]

    async def sell(self, thing: str, key: str | None, body: str = "") -> CommandAnswer:
        async def sale(work: Work) -> CommandAnswer:
            if thing in self.refusals:
                raise self.refusals[thing]
            work.write(lambda session: self._effects.insert_one({"thing": thing}, session=session))
            return CommandAnswer(201, {"sold": thing})

        identity = key and RequestIdentity.of("olga", "/sales", key, body or thing)
        return await self.commands.run(
            CommandContext(OPERATOR, identity or None, subject=thing), sale
        )

    async def sold(self) -> Counter[str]:
        return Counter([row["thing"] async for row in self._effects.find()])


@pytest.fixture
async def desk(own_mongo: Mongo, driven_clock: DrivenClock) -> Desk:
    await ensure_collections(own_mongo.db, {**INDEXES, **OUTBOX_INDEXES, EFFECTS: []})
    return Desk(own_mongo, driven_clock)


async def test_one_that_was_asked_before_gets_its_first_answer_and_keeps_no_other_from_his(
    desk: Desk,
) -> None:
    first = await desk.sell("a", "k-a")
    again, new, keyless = await asyncio.gather(
        desk.sell("a", "k-a"), desk.sell("b", "k-b"), desk.sell("c", None)
    )
    assert (again.status, again.body, again.replayed) == (first.status, first.body, True)
    assert (new.body, new.replayed) == ({"sold": "b"}, False)
    assert (keyless.body, keyless.replayed) == ({"sold": "c"}, False)
    assert await desk.sold() == Counter("abc")
    assert max(desk.groups) == 3


async def test_those_without_a_key_share_a_transaction_and_get_their_own_answers(
    desk: Desk,
) -> None:
    desk.refusals = {"b": TillBusy("Come again.")}
    told = await asyncio.gather(
        *(desk.sell(thing, None) for thing in "abc"), return_exceptions=True
    )
    assert [each.body for each in told if isinstance(each, CommandAnswer)] == [
        {"sold": "a"},
        {"sold": "c"},
    ]
    assert isinstance(told[1], TillBusy)
    assert desk.groups == [3]


async def test_a_key_with_another_body_is_refused_among_others(desk: Desk) -> None:
    await desk.sell("a", "k-a")
    reused, new = await asyncio.gather(
        desk.sell("a", "k-a", body="another"), desk.sell("b", "k-b"), return_exceptions=True
    )
    assert isinstance(reused, KeyReused)
    assert isinstance(new, CommandAnswer)
    assert await desk.sold() == Counter("ab")


@pytest.mark.parametrize("refusal", [TillBusy("Come again."), TillSoldOut("None left.")])
async def test_what_would_be_refused_now_gets_its_first_answer_all_the_same(
    desk: Desk, refusal: PayOpsError
) -> None:
    await desk.sell("a", "k-a")
    desk.refusals = {"a": refusal}
    again, new = await asyncio.gather(desk.sell("a", "k-a"), desk.sell("b", "k-b"))
    assert again.replayed
    assert not new.replayed
    assert await desk.sold() == Counter("ab")


async def test_a_refusal_had_no_effect_and_is_decided_anew(desk: Desk) -> None:
    desk.refusals = {"a": TillSoldOut("None left."), "b": TillBusy("Come again.")}
    told = await asyncio.gather(
        desk.sell("a", "k-a"), desk.sell("b", "k-b"), return_exceptions=True
    )
    assert [type(each) for each in told] == [TillSoldOut, TillBusy]
    desk.refusals = {}
    sold = await asyncio.gather(desk.sell("a", "k-a", body="another"), desk.sell("b", "k-b"))
    assert [each.replayed for each in sold] == [False, False]
    assert await desk.sold() == Counter("ab")


async def test_the_answer_stands_when_it_would_be_refused_by_now(desk: Desk) -> None:
    async def alone(refused: bool) -> CommandAnswer:
        async def body(_work: Work) -> CommandAnswer:
            if refused:
                raise TillSoldOut("None left.")
            return CommandAnswer(201, {})

        identity = RequestIdentity.of("olga", "/alone", "k", "")
        return await desk.commands.run(CommandContext(OPERATOR, identity), body)

    with pytest.raises(TillSoldOut):
        await alone(refused=True)
    assert not (await alone(refused=False)).replayed
    assert (await alone(refused=True)).replayed


async def test_a_key_that_is_in_use_says_when_to_come_again(desk: Desk) -> None:
    identity = RequestIdentity.of("olga", "/alone", "k", "")
    with (
        desk.commands.one_at_a_time(identity),
        pytest.raises(StillRunning) as running,
        desk.commands.one_at_a_time(identity),
    ):
        pass
    answer = problem_of(running.value)
    assert answer.headers["Retry-After"] == "1"
    assert b"retry" not in bytes(answer.body)


async def test_while_it_is_closed_new_ones_are_refused_and_old_ones_have_their_answers(
    desk: Desk,
) -> None:
    await desk.sell("a", "k-a")
    desk.closed = TillBusy("Come again.")
    again, new = await asyncio.gather(
        desk.sell("a", "k-a"), desk.sell("b", "k-b"), return_exceptions=True
    )
    assert isinstance(again, CommandAnswer)
    assert again.replayed
    assert isinstance(new, TillBusy)
    desk.closed = None
    assert not (await desk.sell("b", "k-b")).replayed
    assert await desk.sold() == Counter("ab")


async def test_one_alone_is_refused_while_it_is_closed_unless_it_has_no_key(desk: Desk) -> None:
    ran: list[str] = []

    async def alone(key: str | None) -> CommandAnswer:
        async def body(_work: Work) -> CommandAnswer:
            ran.append(str(key))
            return CommandAnswer(201, {})

        identity = key and RequestIdentity.of("olga", "/alone", key, "")
        return await desk.commands.run(CommandContext(OPERATOR, identity or None), body)

    await alone("old")
    desk.closed = TillBusy("Come again.")
    assert (await alone("old")).replayed
    with pytest.raises(TillBusy):
        await alone("new")
    assert not (await alone(None)).replayed
    desk.closed = None
    assert not (await alone("new")).replayed
    assert ran == ["old", "None", "new"]
