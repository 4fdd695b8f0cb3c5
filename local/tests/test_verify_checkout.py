"""`payops verify` about checkout rules, on a real mongod: what does not agree is named."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from payops_contracts.provider_catalogue import BUILT_IN_PAIRS, CATALOGUE_ID
from payops_local.connections import Database
from payops_local.verifying.checkout import catalogue_not_obeyed
from payops_local.verifying.contexts import contexts_behind
from payops_local.verifying.verification import Verification
from payops_testing.local.stored_payments import Stored, stored_payments

PAIRS = [each.model_dump(mode="json") for each in BUILT_IN_PAIRS]


@pytest.fixture
async def stored(mongo_uri: str, kafka_address: str, tmp_path: Path) -> AsyncIterator[Stored]:
    """Two active rules and the default, as the set has them, and a draft."""
    async with stored_payments(mongo_uri, kafka_address, tmp_path) as all_of_it:
        rules = all_of_it.of("checkout-rules")
        places: dict[str, Any] = {"default": [None, 1], "rule-1": [10, 3], "rule-2": [20, 1]}
        active: list[dict[str, Any]] = [
            {"_id": key, "status": "ACTIVE", "active_version": version}
            | ({} if priority is None else {"priority": priority})
            for key, (priority, version) in places.items()
        ]
        draft = {"_id": "rule-3", "status": "DRAFT", "priority": 30}
        await rules["checkout_rules"].insert_many([*active, draft])
        await rules["rule_set"].insert_one({"_id": "active", "version": 4, "rules": places})
        yield all_of_it


@pytest.fixture
def rules(stored: Stored) -> Database:
    """The rules' own database."""
    return stored.of("checkout-rules")


async def test_a_rule_set_that_agrees_has_no_difference(stored: Stored) -> None:
    assert (await stored.differences()).named == []


@pytest.mark.parametrize(
    ("rule_id", "change", "says"),
    [
        ("rule-1", {"priority": 11}, "are 11 and 3, the rule set says 10 and 3"),
        ("rule-2", {"active_version": 2}, "are 20 and 2, the rule set says 20 and 1"),
        ("rule-2", {"status": "ARCHIVED"}, "are none, the rule set says 20 and 1"),
        (
            "rule-3",
            {"status": "ACTIVE", "active_version": 1},
            "are 30 and 1, the rule set says none",
        ),
    ],
)
async def test_a_rule_that_is_not_in_its_place_is_named(
    stored: Stored, rules: Database, rule_id: str, change: dict[str, Any], says: str
) -> None:
    await rules["checkout_rules"].update_one({"_id": rule_id}, {"$set": change})
    (named,) = (await stored.differences()).named
    assert named == f"checkout rule {rule_id}: its priority and version {says}"


async def test_refunds_obey_the_catalogue_that_is_kept_or_the_difference_is_said(
    stored: Stored, rules: Database
) -> None:
    async def looked() -> str | None:
        return await catalogue_not_obeyed(rules, stored.transactions)

    assert await looked() is None
    kept: dict[str, Any] = {"_id": CATALOGUE_ID, "version": 1, "pairs": PAIRS}
    await rules["provider_catalogue"].insert_one(kept)
    assert await looked() is None, "nobody is told of the built-in one"
    newer = kept | {"version": 2, "pairs": [each | {"refund": True} for each in PAIRS]}
    await rules["provider_catalogue"].replace_one({"_id": CATALOGUE_ID}, newer)
    assert await looked() == (
        "provider catalogue: version 2 has no refunds for none; "
        "refunds obey version 1 has no refunds for flowpay wire-transfer"
    )
    obeyed = {"_id": CATALOGUE_ID, "version": 2, "sequence": 2, "without_refunds": []}
    await stored.transactions["provider_catalogue"].insert_one(obeyed)
    assert await looked() is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (None, "checkout-rules has no context of it"),
        ({"amount_minor": 8}, "its context is [1759279020000, 8, 'USD', 'web', 'DIRECT', {}]"),
        ({"attributes": [["user_type", "staff"]]}, "{'user_type': 'staff'}], checkout-rules has"),
    ],
)
async def test_a_context_that_stays_missing_or_another_is_named(
    stored: Stored, rules: Database, change: dict[str, Any] | None, says: str
) -> None:
    if change is None:
        await rules["payment_contexts"].delete_one({"_id": "pay-00001"})
    else:
        await stored.transactions["transactions"].update_one({"_id": "pay-00001"}, {"$set": change})
    seen = await Verification(stored.platform, stored.client).stored()
    assert set(seen.contexts_behind) == {"pay-00001"}
    named = await contexts_behind(stored.transactions, rules, seen.contexts_behind)
    assert list(named) == ["pay-00001"]
    assert says in named["pay-00001"]


async def test_a_context_that_has_arrived_is_behind_no_more(
    stored: Stored, rules: Database
) -> None:
    kept = await rules["payment_contexts"].find_one_and_delete({"_id": "pay-00001"})
    seen = await Verification(stored.platform, stored.client).stored()
    assert kept is not None
    await rules["payment_contexts"].insert_one(kept)
    assert await contexts_behind(stored.transactions, rules, seen.contexts_behind) == {}


async def test_a_context_of_no_transaction_is_named(stored: Stored, rules: Database) -> None:
    for key in ("pay-00001-odd", "pay-00007-parked", "zzz"):
        await rules["payment_contexts"].insert_one({"_id": key, "said": b"[]"})
    named = (await stored.differences()).named
    assert named == [
        f"context {key}: there is no such transaction"
        for key in ("pay-00001-odd", "pay-00007-parked", "zzz")
    ]
