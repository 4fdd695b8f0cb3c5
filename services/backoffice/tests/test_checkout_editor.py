"""The editor of a checkout rule: what is opened, written and saved; changes by two, roles."""

from typing import Any

import orjson
import pytest

from checkout_rules.domain.reading import read_terms
from payops_kernel.auth.principals import UserRole
from payops_testing.backoffice.checkout_rules import SHADOWED
from payops_testing.backoffice.edited_rule import (
    AT,
    BESIDE,
    CATALOGUE,
    CHANGE,
    CHECKS,
    EDITOR,
    HOSTILE,
    NEW,
    RULE_ID,
    RULES,
    SIMULATIONS,
    TERMS,
    choices_of,
    form_of,
    held,
    rule,
    sent,
)
from payops_testing.backoffice.people import fields_of, person, text_of


@pytest.mark.parametrize("language", ["en", "it"])
async def test_a_rule_that_is_saved_as_it_was_opened_says_the_same(language: str) -> None:
    gateway = held()
    gateway.play("PUT", AT, rule(version=4))
    async with person(gateway, UserRole.OPERATOR, language=language) as operator:
        form = await form_of(operator)
        answer = await operator.post(CHANGE, data=form | {"reason": " Agreed "})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/checkout-rules/{RULE_ID}")
    (put,) = sent(gateway, "PUT", AT)
    said = {"terms": TERMS, "priority": 20, "reason": "Agreed", "accept_warnings": False}
    assert put.body == said
    assert orjson.dumps(put.body["terms"], option=orjson.OPT_SORT_KEYS) == orjson.dumps(
        TERMS, option=orjson.OPT_SORT_KEYS
    ), "a number stays a number, true stays no 1"
    assert put.headers["if-match"] == '"7"'
    assert read_terms(put.body["terms"])


ODD: dict[str, Any] = {
    "name": " High amounts ",
    "match_lists": [
        {"key": " shop", "values": ["a,b", "a, b", " web ", '"quoted"', '"', "tag;x|y", "\u00a0x"]},
        {"key": "user_type", "values": ["1"]},
        {"key": "channel", "values": [1e-300, 1, 1.0, -0.5]},
    ],
    "custom_conditions": [
        {"path": "country ", "operator": "in", "value": ["IT,FR", " DE", '"" x']},
        {"path": "note", "operator": "equals", "value": ' "said", and so on '},
        {"path": "note", "operator": "not_equals", "value": "x" * 200},
        {"path": "size", "operator": "less_than", "value": 1e-300},
    ],
    "pairs": TERMS["pairs"],
}
"""Commas, spaces and quotes at the ends, lists in an order of their own."""


@pytest.mark.parametrize("language", ["en", "it"])
async def test_a_change_of_something_else_leaves_every_text_as_it_was(language: str) -> None:
    assert read_terms(ODD), "the service takes it"
    gateway = held(rule(ODD))
    gateway.play("PUT", AT, rule(version=4))
    async with person(gateway, UserRole.OPERATOR, language=language) as operator:
        form = await form_of(operator)
        shaped = await operator.post(CHANGE, data=form | {"do": "add-match"}, headers=EDITOR)
        form = fields_of(shaped.text) | choices_of(shaped.text)
        await operator.post(CHANGE, data=form | {"priority": "30"})
        await operator.post(CHANGE, data=form | {"name": " Night ", "custom-0-path": " country "})
    first, second = (each.body["terms"] for each in sent(gateway, "PUT", AT))
    assert orjson.dumps(first, option=orjson.OPT_SORT_KEYS) == orjson.dumps(
        ODD, option=orjson.OPT_SORT_KEYS
    )
    assert (second["name"], second["custom_conditions"][0]["path"]) == ("Night", "country")


async def test_lines_come_and_go_and_pairs_move_before_anything_is_sent() -> None:
    gateway = held()
    async with person(gateway) as operator:
        form = await form_of(operator)

        async def after(do: str, **more: str) -> dict[str, str]:
            answer = await operator.post(CHANGE, data=form | {"do": do} | more, headers=EDITOR)
            assert answer.status_code == 200, answer.text
            assert "rule-edited" in answer.headers["hx-trigger"]
            return fields_of(answer.text) | choices_of(answer.text)

        assert "custom-4-path" in await after("add-custom")
        assert "match-4-key" in await after("add-match")
        less = await after("remove-custom-0")
        assert (less["custom-0-path"], "custom-3-path" in less) == ("is_new", False)
        assert "match-3-key" not in await after("remove-match-3")
        assert (await after("remove-match-1"))["match-1-key"] == "channel", "a named one stays"
        down = await after("down-0")
        assert [down["pair-0"], down["pair-1"]] == ["nexi/credit-cards", "adyen/credit-cards"]
        assert [(await after("up-1"))["pair-0"], (await after("up-0"))["pair-0"]] == [
            "nexi/credit-cards", "adyen/credit-cards",
        ]  # fmt: skip
        more = await after("add-pair", **{"add-pair": "stripe/pay-pal"})
        assert more["pair-2"] == "stripe/pay-pal"
        assert "pair-1" not in await after("remove-pair-0")
    assert sent(gateway, "PUT", AT) == []


async def test_a_change_by_somebody_else_is_told_and_what_was_typed_stays() -> None:
    gateway = held()
    async with person(gateway) as operator:
        form = await form_of(operator) | {"name": "Mine", "custom-0-values": "7"}
        changed = {"at": "2026-03-01T10:00:00Z", "by": "local:somebody", "label": "Rule changed"}
        late = {"code": "checkout_rule_changed", "detail": "x", "changed": changed}
        gateway.play("PUT", AT, late, status=412)
        wide = {"name": "Theirs", "pairs": TERMS["pairs"], "match_lists": TERMS["match_lists"][:1]}
        theirs = rule(wide, step=9)
        gateway.play("GET", AT, theirs)
        answer = await operator.post(CHANGE, data=form, headers=EDITOR)
        now = fields_of(answer.text)
        gateway.play("PUT", AT, rule(version=5))
        await operator.post(CHANGE, data=now | choices_of(answer.text))
    said = text_of(answer.text)
    assert answer.status_code == 412
    assert "local:somebody changed it on 1 Mar 2026" in said
    assert "Rule changed" in said
    assert (
        "It says now: Theirs; Priority 20; Channel is one of web, mobile; Adyen / Credit card,"
        in said
    )
    assert (now["name"], now["custom-0-values"], now["step"]) == ("Mine", "7", "9")
    assert [each.headers["if-match"] for each in sent(gateway, "PUT", AT)] == ['"7"', '"9"']


async def test_what_the_service_refuses_is_said_at_its_field() -> None:
    gateway = held()
    pointers = [
        "/body/terms/match_lists/1/values/0", "/body/terms/custom_conditions/2/path",
        "/body/terms/amount/max_minor", "/body/terms/pairs/1", "/body/priority", "/body/reason",
    ]  # fmt: skip
    errors = [{"pointer": each, "code": "x", "detail": f"Wrong {each}"} for each in pointers]
    gateway.play("PUT", AT, {"code": "invalid", "errors": errors}, status=422)
    async with person(gateway) as operator:
        form = await form_of(operator)
        answer = await operator.post(CHANGE, data=form, headers=EDITOR)
    assert answer.status_code == 422
    # Product Category and User Type are empty: the second list that is sent is the fourth line.
    for name in ("match-3-values", "custom-2-path", "max", "pair-1", "priority", "reason"):
        assert f'id="{name}-says"' in answer.text, name
    assert all(each["detail"] in text_of(answer.text) for each in errors)


async def test_silence_keeps_all_that_was_typed() -> None:
    gateway = held()
    async with person(gateway) as operator:
        form = await form_of(operator) | {"name": "Mine"}
        gateway.fail("PUT", AT)
        gateway.fail("GET", CATALOGUE)
        answer = await operator.post(CHANGE, data=form)
        new = form | {"rule_id": "", "step": ""}
        gateway.fail("POST", RULES)
        made = await operator.post(NEW, data=new)
    assert answer.status_code == made.status_code == 503
    assert "Look at what is saved now, in another tab" in answer.text
    assert "Press again: it is done once." in made.text, "under one key"
    assert (fields_of(answer.text)["name"], fields_of(answer.text)["pair-1"]) == (
        "Mine", "nexi/credit-cards",
    )  # fmt: skip
    assert "Not in the catalogue" not in answer.text


async def test_a_change_by_somebody_else_is_told_even_while_nobody_tells_what_it_says() -> None:
    gateway = held()
    async with person(gateway) as operator:
        form = await form_of(operator) | {"name": "Mine"}
        gateway.play("PUT", AT, {"code": "checkout_rule_changed", "detail": "x"}, status=412)
        gateway.fail("GET", AT)
        answer = await operator.post(CHANGE, data=form)
    assert (answer.status_code, fields_of(answer.text)["name"]) == (412, "Mine")
    assert "Nothing was saved." in answer.text


async def test_the_days_of_a_simulation_stay_with_what_was_typed() -> None:
    gateway = held()
    gateway.fail("POST", SIMULATIONS)
    days = {"do": "simulate", "from": "2026-03-01", "to": "2026-03-02"}
    async with person(gateway) as operator:
        form = await form_of(operator) | days
        away = await operator.post(CHANGE, data=form)
        gateway.play("POST", SIMULATIONS, {"code": "x", "detail": "Too many days."}, status=422)
        refused = await operator.post(CHANGE, data=form)
        checked = await operator.post(CHANGE, data=form | {"do": "check"})
        wrong = await operator.post(CHANGE, data=form | {"name": ""})
    assert "a simulation changes nothing, even when it runs twice" in away.text
    assert [each.status_code for each in (away, refused, checked, wrong)] == [503, 422, 200, 422]
    for answer in (away, refused, checked, wrong):
        now = fields_of(answer.text)
        assert (now["from"], now["to"]) == ("2026-03-01", "2026-03-02")


async def test_a_new_rule_is_made_once_however_often_its_form_is_sent() -> None:
    gateway = held()
    gateway.play("POST", RULES, rule(version=1), status=201)
    async with person(gateway) as operator:
        form = await form_of(operator, NEW)
        form |= {"name": "Night", "pair-0": "adyen/credit-cards"}
        answers = [await operator.post(NEW, data=form) for _ in range(2)]
    assert {each.headers["location"] for each in answers} == {f"/checkout-rules/{RULE_ID}"}
    made = sent(gateway, "POST", RULES)
    assert made[0].body == {"terms": {"name": "Night", "pairs": TERMS["pairs"][:1]}}
    assert len({each.headers["idempotency-key"] for each in made}) == 1


async def test_the_default_rule_has_no_conditions_to_write() -> None:
    terms = {"name": "default", "pairs": TERMS["pairs"]}
    gateway = held()
    found = rule(terms, rule_id="default", priority=None)
    gateway.play("GET", f"{RULES}/default", found)
    gateway.play("PUT", f"{RULES}/default", found)
    async with person(gateway) as operator:
        form = await form_of(operator, "/checkout-rules/default/change")
        await operator.post("/checkout-rules/default/change", data=form)
    assert not {"currency", "priority", "match-0-kind"} & form.keys()
    (put,) = sent(gateway, "PUT", f"{RULES}/default")
    assert put.body == {"terms": terms, "accept_warnings": False}


async def test_what_another_priority_brings_about_is_shown_and_it_is_saved_all_the_same() -> None:
    gateway, said = held(), {"code": "warnings_not_accepted", "detail": "x", "findings": [SHADOWED]}
    gateway.play("PUT", AT, said, 409)
    async with person(gateway, UserRole.APPROVER) as approver:
        form = await form_of(approver) | {"priority": "1"}
        assert "Save anyway" not in (await approver.get(CHANGE)).text
        refused = await approver.post(CHANGE, data=form)
        assert refused.status_code == 409
        for told in ("Nothing was saved", "Shadowed by an", "Save anyway", 'value="1"'):
            assert told in refused.text, told
        gateway.play("PUT", AT, rule(version=4))
        anyway = await approver.post(CHANGE, data=form | {"accept_warnings": "1"})
    assert anyway.status_code == 303
    assert [each.body["accept_warnings"] for each in sent(gateway, "PUT", AT)] == [False, True]


async def test_findings_are_shown_with_the_rules_and_an_example_while_one_writes() -> None:
    gateway = held()
    finding = {
        "code": "shadowed", "severity": "warning", "label": "Shadowed by an earlier rule",
        "detail": "x",
        "pairs": [],
        "rules": [
            {"rule_id": None, "name": "High amounts"},
            {"rule_id": "rule-1", "name": HOSTILE},
        ],
        "example": {"amount_minor": 5000, "currency": "EUR", "channel": "web", "a": {"b": True}},
        "pointer": None,
    }  # fmt: skip
    gateway.play("POST", CHECKS, {"findings": [finding]})
    async with person(gateway) as operator:
        form = await form_of(operator, NEW) | {"pair-0": "adyen/credit-cards"}
        found = await operator.post("/checkout-rules/checks", data=form)
        unready = await operator.post(
            "/checkout-rules/checks", data=form | {"pair-0": "", "min": "x", "currency": "EUR"}
        )
        gateway.fail("POST", CHECKS)
        away = await operator.post("/checkout-rules/checks", data=form)
    said = text_of(found.text)
    for each in (
        "Warning Shadowed by an earlier rule",
        'wherever "High amounts" does, and is tried first: "High amounts" never answers.',
        "Amount €50.00 , Channel Web , a/b Yes",
    ):  # fmt: skip
        assert each in said, each
    assert 'href="/checkout-rules/rule-1" target="_blank"' in found.text, "what is typed stays"
    assert "<script>" not in found.text
    assert "<html" not in found.text, "the part alone"
    assert "Choose at least one pair." in unready.text
    assert "Write the amount like" in unready.text
    assert away.status_code == 200
    assert "does not answer" in away.text
    assert len(sent(gateway, "POST", CHECKS)) == 2
    assert sent(gateway, "POST", CHECKS)[0].body["terms"]["name"] == "New rule"


async def test_what_is_typed_is_simulated_beside_and_nothing_is_saved() -> None:
    gateway = held()
    gateway.play("POST", SIMULATIONS, {"job_id": "checkout-rules-1"}, status=202)
    async with person(gateway) as operator:
        form = await form_of(operator)
        days = {"do": "simulate", "from": "2026-03-01", "to": "2026-03-02"}
        beside = await operator.post(CHANGE, data=form | days, headers=BESIDE)
        alone = await operator.post(CHANGE, data=form | days)
        reversed_ = await operator.post(
            CHANGE, data=form | days | {"from": "2026-03-03"}, headers=BESIDE
        )
    assert 'hx-get="/checkout-rules/simulation/checkout-rules-1"' in beside.text
    assert alone.headers["location"] == "/checkout-rules/simulation/checkout-rules-1"
    asked = sent(gateway, "POST", SIMULATIONS)[0].body
    assert asked == {
        "from": "2026-03-01", "to": "2026-03-02",
        "changes": [{"rule_id": RULE_ID, "terms": TERMS, "priority": 20}],
    }  # fmt: skip
    assert reversed_.status_code == 422
    assert reversed_.headers["hx-retarget"] == "#rule-editor"
    assert "The first day is after the last one." in reversed_.text
    assert sent(gateway, "PUT", AT) == []


async def test_viewers_see_no_editor_and_approvers_are_led_to_the_activation() -> None:
    gateway = held()
    gateway.play("PUT", AT, rule(version=4))
    async with person(gateway, UserRole.VIEWER) as viewer:
        for path in (NEW, CHANGE):
            assert (await viewer.get(path)).status_code == 403
            assert (await viewer.get("/checkout-rules/simulation")).status_code == 403
    for role, leads in ((UserRole.OPERATOR, False), (UserRole.APPROVER, True)):
        async with person(gateway, role) as writer:
            await writer.post(CHANGE, data=await form_of(writer))
            after = (await writer.get(NEW)).text
            assert "High amounts is saved as a draft: version 4." in after
            assert (f"/checkout-rules/{RULE_ID}/activation" in after) is leads


async def test_a_rule_that_cannot_be_changed_says_why() -> None:
    why = {"allowed": False, "why_not": "It was removed; restore a version first."}
    async with person(held(rule(actions={"change": why}))) as operator:
        answer = await operator.get(CHANGE)
    assert answer.status_code == 409
    assert "It was removed; restore a version first." in answer.text


async def test_what_people_wrote_is_text_on_the_page() -> None:
    terms = TERMS | {"name": HOSTILE, "match_lists": [{"key": HOSTILE, "values": [HOSTILE]}]}
    async with person(held(rule(terms))) as operator:
        page = (await operator.get(CHANGE)).text
    assert "<script>alert" not in page
    assert "49" not in text_of(page)
