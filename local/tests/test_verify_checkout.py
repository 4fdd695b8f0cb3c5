"""`payops verify` about checkout rules, on a real mongod: what does not agree is named."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from payops_contracts.provider_catalogue import BUILT_IN_PAIRS, CATALOGUE_ID
from payops_local.connections import Database
from payops_local.verifying.checkout import catalogue_not_obeyed
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
