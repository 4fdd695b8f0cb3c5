"""Leases: one holder at a time, on mongod's own clock."""

from __future__ import annotations

import asyncio

from payops_kernel.messaging.leases import Lease
from payops_kernel.mongo import Mongo
from payops_kernel.testing import eventually

SHORT_MS = 2_000
LONG_MS = 60_000


async def test_only_one_of_many_takes_a_new_lease(own_mongo: Mongo) -> None:
    leases = [Lease(own_mongo.db, "relay", LONG_MS) for _ in range(12)]
    taken = await asyncio.gather(*(lease.hold() for lease in leases))
    assert sum(taken) == 1
    assert [lease.held for lease in leases] == taken


async def test_the_holder_keeps_it_by_asking_again(own_mongo: Mongo) -> None:
    mine, other = (Lease(own_mongo.db, "relay", LONG_MS) for _ in range(2))
    for _ in range(20):
        assert await mine.hold()
        assert not await other.hold()


async def test_a_lease_that_ran_out_goes_to_whoever_asks_and_its_old_holder_learns_it(
    own_mongo: Mongo,
) -> None:
    old, new = (Lease(own_mongo.db, "relay", ms) for ms in (SHORT_MS, LONG_MS))
    assert await old.hold()
    assert not await new.hold()
    await eventually(new.hold, 5.0)
    assert not await old.hold()
    assert not old.held


async def test_a_lease_that_was_given_back_is_free_at_once(own_mongo: Mongo) -> None:
    old, new = (Lease(own_mongo.db, "relay", LONG_MS) for _ in range(2))
    assert await old.hold()
    await old.release()
    assert await new.hold()


async def test_giving_back_what_another_took_meanwhile_leaves_it_there(own_mongo: Mongo) -> None:
    old, new, third = (Lease(own_mongo.db, "relay", ms) for ms in (SHORT_MS, LONG_MS, LONG_MS))
    assert await old.hold()
    await eventually(new.hold, 5.0)
    await old.release()
    assert not await third.hold()


async def test_leases_of_different_names_do_not_touch(own_mongo: Mongo) -> None:
    assert await Lease(own_mongo.db, "relay", LONG_MS).hold()
    assert await Lease(own_mongo.db, "due", LONG_MS).hold()
