"""What cannot be a rule is refused with the field's pointer, over HTTP; nothing is kept of it."""

import json
from typing import Any

from payops_contracts.checkout_rules import TERMS_BYTES_MAX
from payops_testing.checkout_rules.desk import ADYEN, Desk, terms

pytest_plugins = "payops_testing.checkout_rules.fixtures"

AT = "/body/terms"


def custom(path: str = "basket/quantity", operator: str = "equals", value: Any = 1) -> Any:
    return terms(custom_conditions=[{"path": path, "operator": operator, "value": value}])


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


IMPOSSIBLE: dict[str, tuple[Any, str, str]] = {
    "an unknown operator": (
        custom(operator="matches"), f"{AT}/custom_conditions/0/operator", "unknown_operator",
    ),
    "a text in quotes where a number is compared": (
        custom(operator="less_than", value="10"), f"{AT}/custom_conditions/0/value", "wrong_type",
    ),
    "an unknown pair": (
        terms(pairs=[ADYEN, {"provider": "adyen", "method": "cheque"}]),
        f"{AT}/pairs/1", "unknown_pair",
    ),
    "10,000 conditions": (
        terms(custom_conditions=[{"path": "a", "operator": "equals", "value": 1}] * 10_000),
        f"{AT}/custom_conditions", "too_many",
    ),
    "a path of 500 levels": (
        custom("/".join("a" * 500)[:999]), f"{AT}/custom_conditions/0/path", "too_long",
    ),
    "a path of 60 levels": (
        custom("/".join("a" * 60)), f"{AT}/custom_conditions/0/path", "too_deep",
    ),
    "NaN": (custom(value=float("nan")), f"{AT}/custom_conditions/0/value", "wrong_type"),
    "an infinite bound": (
        custom(operator="less_than", value=float("inf")),
        f"{AT}/custom_conditions/0/value", "wrong_type",
    ),
    "a number of 400 digits": (
        custom(value=10**400), f"{AT}/custom_conditions/0/value", "out_of_range",
    ),
    "an object for a value": (
        custom(value=deep(200)), f"{AT}/custom_conditions/0/value", "wrong_type",
    ),
    "half a character": (terms("\ud800"), f"{AT}/name", "not_seen"),
    "half a character as a field": (
        terms() | {"\ud800": 1}, f"{AT}/?", "unknown_field",
    ),
    "no pairs": (terms(pairs=[]), f"{AT}/pairs", "empty"),
    "null for a field": (terms() | {"amount": None}, f"{AT}/amount", "object_wanted"),
    "a range the wrong way round": (
        terms(amount={"currency": "EUR", "min_minor": 2, "max_minor": 1}),
        f"{AT}/amount/min_minor", "range_reversed",
    ),
    "an amount in quotes": (
        terms(amount={"currency": "EUR", "min_minor": "50"}), f"{AT}/amount/min_minor",
        "wrong_type",
    ),
    "no object at all": ("web", AT, "object_wanted"),
    "more than is kept": (
        terms(
            custom_conditions=[
                {"path": "a", "operator": "in", "value": [f"{number:0200d}"]}
                for number in range(40)
            ],
            match_lists=[
                {"key": "b", "values": [f"{number:0200d}" for number in range(100)]},
                {"key": "c", "values": [f"{number:0200d}" for number in range(100)]},
            ],
        ),
        AT, "too_large",
    ),
}  # fmt: skip


async def test_what_cannot_be_a_rule_is_refused_with_its_pointer(desk: Desk) -> None:
    before = await desk.counts()
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k", "If-Match": '"2"'}
    rule = "/rule-0"
    for case, (said, pointer, code) in IMPOSSIBLE.items():
        body = json.dumps({"terms": said}).encode()
        for method, path in (("POST", ""), ("PUT", rule), ("POST", "/checks")):
            answer = await desk.client.request(
                method, f"/v1/checkout-rules{path}", content=body, headers=headers
            )
            assert answer.status_code == 422, (case, answer.text)
            errors = {each["pointer"]: each["code"] for each in answer.json()["errors"]}
            assert errors[pointer] == code, (case, errors)
    assert await desk.counts() == before


async def test_as_much_as_is_kept_is_taken(desk: Desk) -> None:
    values = [f"{number:0200d}" for number in range(100)]
    said = terms(match_lists=[{"key": "a", "values": values}], pairs=[ADYEN])
    said["match_lists"].append({"key": "b", "values": values[:61]})
    said["name"] = "x"
    over = len(json.dumps(said, separators=(",", ":"))) - TERMS_BYTES_MAX
    assert 0 < over < 200
    said["match_lists"][1]["values"][-1] = said["match_lists"][1]["values"][-1][over:]
    assert (await desk.create(said))["version"] == 1


async def test_all_that_is_wrong_is_named_at_once(desk: Desk) -> None:
    said = terms("", pairs=[ADYEN, ADYEN], amount={"currency": "EURO"}, other=1)
    answer = await desk.post("", {"terms": said, "priority": 3})
    assert {each["pointer"] for each in answer.json()["errors"]} == {
        f"{AT}/name", f"{AT}/pairs/1", f"{AT}/amount/currency", f"{AT}/other",
    }  # fmt: skip
    twice = await desk.post("", {"terms": terms(), "priority": 0})
    assert [each["pointer"] for each in twice.json()["errors"]] == ["/body/priority"]
