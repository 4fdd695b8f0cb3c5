"""Evaluations over HTTP on a real mongod: answers, refusals, and the decisions that are kept."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from checkout_rules.api.evaluations import RECORDS_MAX, EvaluationOut, KeptDecisionsOut
from checkout_rules.store.decisions import COLLECTION, KEPT_DAYS
from payops_contracts.checkout_rules import CONTEXTS_MAX
from payops_kernel.auth.principals import UserRole
from payops_kernel.testing.callers import ClientOf
from payops_testing.checkout_rules.desk import NOON, Desk, House, checkout_rules_on, desk_of, terms

PATH = "/v1/checkout-rules/evaluations"
WEB = {"channel": "web", "amount_minor": 5_000, "currency": "EUR"}
CARD = "4111 1111 1111 1111"
REFUSED: tuple[tuple[bytes, str], ...] = (
    (b'{"context": {"amount_minor": NaN}}', "/body/context/amount_minor"),
    (b'{"context": {"x": 1e999}}', "/body/context/x"),
    (b'{"context": {"x": 100000000000000000000}}', "/body/context/x"),
    (b'{"context": {"x": "\\ud800"}}', "/body/context/x"),
    (b'{"context": {"\\ud800": NaN}}', "/body/context"),
    (b'{"context": {"amount_minor": "5"}}', "/body/context/amount_minor"),
    (b'{"context": {"currency": "EURO"}}', "/body/context/currency"),
    (b'{"context": {"a/b": 1}}', "/body/context"),
    (b'{"context": ' + b'{"a": ' * 500 + b"1" + b"}" * 501, "/body/context" + "/a" * 8),
    (b'{"contexts": [{}, {"x": Infinity}]}', "/body/contexts/1/x"),
    (b'{"contexts": [{}, 7]}', "/body/contexts/1"),
    (b'{"contexts": []}', "/body/contexts"),
    (b'{"contexts": [' + b"{}," * CONTEXTS_MAX + b"{}]}", "/body/contexts"),
    (b'{"contexts": [' + b"{}," * RECORDS_MAX + b'{}], "records": true}', "/body"),
    (b'{"context": null}', "/body/context"),
    (b'{"context": {}, "contexts": [{}]}', "/body"),
    (b'{"contexts": [{}], "transaction_id": "ORD-1"}', "/body"),
    (b"{}", "/body"),
    (b'{"context": {"x": ' + b"9" * 5_000 + b"}}", "/body"),
)


@pytest.fixture
async def house(mongo_uri: str) -> AsyncIterator[House]:
    """With two rules that answer before the default."""
    async with checkout_rules_on(mongo_uri) as made:
        yield made


@pytest.fixture
async def desk(house: House, client_of: ClientOf) -> AsyncIterator[Desk]:
    async with desk_of(house, client_of) as made:
        many = {"path": "basket/quantity", "operator": "greater_or_equal_than", "value": 9}
        await made.active(terms("Many", custom_conditions=[many], match_lists=None))
        await made.active(terms("Web"))
        await house.service.runtime.worker.ensure()  # as a process that starts now reads them
        yield made


async def ask(desk: Desk, **body: Any) -> httpx.Response:
    """One evaluation."""
    return await desk.client.post(PATH, json=body)


async def test_one_context_is_answered_with_what_kept_each_rule_before_from_answering(
    desk: Desk,
) -> None:
    answer = await ask(desk, context=WEB)
    assert answer.status_code == 200, answer.text
    (decision,) = EvaluationOut.model_validate(answer.json()).decisions
    assert (decision.rule.name, decision.rule.version) == ("Web", 1)
    assert [(pair.provider, pair.method) for pair in decision.pairs] == [("adyen", "credit-cards")]
    assert decision.passed_over is not None
    (before,) = decision.passed_over
    assert (before.name, before.path, before.seen) == ("Many", "basket/quantity", "missing")
    assert decision.rule_set_version == (await desk.rule_set())["version"]
    short = (await ask(desk, context=WEB, records=False)).json()
    assert "passed_over" not in short["decisions"][0]


async def test_a_number_as_text_is_no_error_and_the_other_contexts_are_answered(
    desk: Desk,
) -> None:
    contexts = [{"basket": {"quantity": it}, "channel": "pos"} for it in (10, "10", 9, None, [9])]
    said = (await ask(desk, contexts=contexts, records=True)).json()["decisions"]
    names = [each["rule"]["name"] for each in said]
    assert names == ["Many", "Default", "Many", "Default", "Default"]
    seen = [each["passed_over"][0]["seen"] for each in said if each["passed_over"]]
    assert seen == ["wrong_type", "missing", "wrong_type"]


async def test_a_thousand_are_answered_by_one_version_in_their_order(desk: Desk) -> None:
    contexts = [{"basket": {"quantity": number % 20}} for number in range(CONTEXTS_MAX)]
    said = EvaluationOut.model_validate((await ask(desk, contexts=contexts)).json()).decisions
    assert [each.rule.name for each in said] == [
        "Many" if number % 20 >= 9 else "Default" for number in range(CONTEXTS_MAX)
    ]
    assert {each.rule_set_version for each in said} == {(await desk.rule_set())["version"]}
    assert {each.passed_over for each in said} == {None}


async def test_what_cannot_be_a_context_is_refused_with_its_place(desk: Desk) -> None:
    headers = {"Content-Type": "application/json"}
    for raw, pointer in REFUSED:
        answer = await desk.client.post(PATH, content=raw, headers=headers)
        assert answer.status_code == 422, (raw[:60], answer.text)
        assert answer.json()["errors"][0]["pointer"] == pointer, (raw[:60], answer.text)


async def test_of_two_decisions_about_a_transaction_the_first_is_kept_with_its_context(
    desk: Desk,
) -> None:
    context = WEB | {"list": [1, {"a": 2}], "nothing": None, "user": {"type": "new"}}
    first = (await ask(desk, context=context, transaction_id="ORD-1")).json()
    other = (await ask(desk, context={"channel": "pos"}, transaction_id="ORD-1")).json()
    assert (first["kept"], other["kept"]) == (True, False)
    assert other["decisions"][0]["rule"]["name"] == "Default", "it is answered all the same"
    found = await desk.get("/decisions", transaction_id="ORD-1")
    KeptDecisionsOut.model_validate(found)
    (kept,) = found["items"]
    assert kept.pop("transaction_id") == "ORD-1"
    assert kept.pop("decided_at") == NOON.isoformat().replace("+00:00", "Z")
    assert kept.pop("context") == WEB | {"user": {"type": "new"}}
    assert kept == first["decisions"][0]
    assert (await desk.get("/decisions", transaction_id="ORD-2"))["items"] == []


async def test_a_decision_is_kept_ninety_days_and_found_without_a_scan(desk: Desk) -> None:
    await ask(desk, context=WEB, transaction_id="ORD-1")
    rows = desk.mongo.db[COLLECTION]
    row = await rows.find_one({"_id": "ORD-1"})
    assert row is not None
    left = row["expires_at"] - datetime.now(UTC)
    assert timedelta(days=KEPT_DAYS) - timedelta(minutes=1) < left <= timedelta(days=KEPT_DAYS)
    assert (await rows.index_information())["expiry"]["expireAfterSeconds"] == 0


async def test_a_viewer_may_ask_and_has_nothing_kept(
    desk: Desk, house: House, client_of: ClientOf
) -> None:
    async with client_of(house.app, UserRole.VIEWER) as client:
        assert (await client.post(PATH, json={"context": WEB})).status_code == 200
        refused = await client.post(PATH, json={"context": WEB, "transaction_id": "ORD-1"})
        assert (refused.status_code, refused.json()["required_role"]) == (403, "operator")
    async with client_of(house.app, UserRole.OPERATOR) as client:
        kept = await client.post(PATH, json={"context": WEB, "transaction_id": "ORD-1"})
        assert kept.json()["kept"] is True
    async with client_of(house.app, None) as client:
        assert (await client.post(PATH, json={"context": WEB})).status_code == 401
    assert await desk.mongo.db[COLLECTION].count_documents({}) == 1


async def test_a_card_number_is_answered_and_never_kept(desk: Desk) -> None:
    contexts: tuple[dict[str, Any], ...] = (
        {"note": f"card {CARD}"},
        {"user": {"card": CARD}},
        {CARD: 1},
        {"n": 4111111111111111},
    )
    for context in contexts:
        assert (await ask(desk, context=context)).status_code == 200
        refused = await ask(desk, context=context, transaction_id="ORD-1")
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "card_number")
        assert CARD not in refused.text
    (at_value, within, at_key, number) = [
        (await ask(desk, context=each, transaction_id="ORD-1")).json()["errors"][0]["pointer"]
        for each in contexts
    ]
    assert (at_value, within) == ("/body/context/note", "/body/context/user/card")
    assert (at_key, number) == ("/body/context", "/body/context/n")
    assert await desk.mongo.db[COLLECTION].count_documents({}) == 0
