"""Adaptive Checkout: the rules in their order, their order changed, a rule's own page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from backoffice.formatting.rule_terms import conditions
from backoffice.pages.checkout_rules.ordering import moved
from backoffice.words import Words
from checkout_rules.domain.writing import terms_of
from payops_contracts.checkout_rules import RuleOperator
from payops_kernel.auth.principals import UserRole
from payops_testing.backoffice.checkout_rules import (
    ADYEN,
    DEFAULT,
    HIGH,
    NEXI,
    ROWS,
    RULES,
    SHADOWED,
    TERMS,
    WEB,
    detail,
    held,
    history_row,
    page_of,
    row,
    versions,
)
from payops_testing.backoffice.people import fields_of, person, text_of
from payops_testing.backoffice.played_gateway import PlayedGateway

PATH = "/checkout-rules"
ORDERING = f"{PATH}/ordering"
IN_RULES = {"HX-Request": "true", "HX-Target": "live-part#rules"}


async def page_of_role(gateway: PlayedGateway, role: UserRole, path: str = PATH) -> str:
    async with person(gateway, role) as reader:
        answer = await reader.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text


def order_form(page: str, *rule_ids: str, **other: str) -> bytes:
    """The form of an order as a browser would send it."""
    fields = fields_of(page)
    named = [(name, fields[name]) for name in ("form_token", "version")]
    return urlencode([*named, *(("rule_ids", each) for each in rule_ids), *other.items()]).encode()


async def sent(reader: httpx.AsyncClient, form: bytes, **headers: str) -> httpx.Response:
    said = {"content-type": "application/x-www-form-urlencoded", **headers}
    return await reader.post(ORDERING, content=form, headers=said)


def orders(gateway: PlayedGateway) -> list[tuple[Any, str]]:
    """Each order that was sent, with the version that it is based on."""
    return [
        (each.body, each.headers["if-match"])
        for each in gateway.asked
        if each.path == f"{RULES}/ordering"
    ]


async def test_it_opens_on_the_active_rules_as_they_are_tried() -> None:
    gateway = held()
    page = text_of(await page_of_role(gateway, UserRole.VIEWER))
    listed = next(each for each in gateway.asked if each.path == RULES)
    assert dict(listed.query)["status"] == "ACTIVE"
    for said in (
        "1 High amounts Active Amount from €50.00 Channel is one of web, app basket/quantity over",
        'vip is "true" Adyen / Credit card Nexi / Credit card disabled 1 Mar 2026 09:00',
        "local:approver 1,234", "last Default Active", "3 rules",
    ):  # fmt: skip
        assert said in page, said
    assert page.index("High amounts") < page.index("Web Active") < page.index("Default Active")


async def test_rules_are_in_the_readers_language() -> None:
    async with person(held(), language="it") as reader:
        page = text_of((await reader.get(PATH)).text)
    assert "Importo da 50,00 € Channel è uno tra web, app" in page.replace("Canale", "Channel")
    assert "Carta di credito" in page


@pytest.mark.parametrize("operator", list(RuleOperator))
def test_conditions_read_as_the_service_says_them(operator: RuleOperator) -> None:
    value: Any = ["10", "a,b", "c", " d "] if operator in ("in", "not_in") else 9.5
    custom = {"path": "basket/sum", "operator": operator.value, "value": value}
    terms = {"name": "x", "custom_conditions": [custom], "pairs": []}
    assert conditions(terms, Words("en")) == list(terms_of(terms).words())
    assert conditions({"name": "x", "pairs": []}, Words("en")) == ["Always"]
    assert Words("it")("{subject} at least {value}") != "{subject} at least {value}"


async def test_each_status_and_a_search_are_asked_of_the_service() -> None:
    gateway = held()
    gateway.play("GET", RULES, page_of(row("rule-9", "Old", 4, status="ARCHIVED", hits_day=None)))
    page = await page_of_role(gateway, UserRole.APPROVER, f"{PATH}?status=ARCHIVED&q=old")
    asked = dict(gateway.asked[-1].query)
    assert (asked["status"], asked["q"]) == ("ARCHIVED", "old")
    assert f'href="{PATH}?status=DRAFT&amp;q=old"' in page
    assert "rule-order" not in page
    assert 'id="select-rule-9"' not in page
    gateway.play("GET", RULES, page_of())
    empty = text_of(await page_of_role(gateway, UserRole.VIEWER, f"{PATH}?status=DRAFT"))
    assert "No drafts A rule is a draft until it is activated." in empty
    nothing = text_of(await page_of_role(gateway, UserRole.VIEWER, f"{PATH}?q=x"))
    assert "No rule matches" in nothing


async def test_many_rules_are_one_list_whose_order_is_whole() -> None:
    gateway = held()
    turned = gateway.send

    @asynccontextmanager
    async def by_page(method: str, path: str, *given: Any, **other: Any) -> AsyncIterator[Any]:
        if path == RULES:
            is_second = dict(given[1])["cursor"] == "more"
            rows = page_of(ROWS[2]) if is_second else page_of(*ROWS[:2]) | {"next": "more"}
            gateway.play("GET", RULES, rows)
        async with turned(method, path, *given, **other) as answer:
            yield answer

    gateway.send = by_page  # type: ignore[method-assign]
    page = text_of(await page_of_role(gateway, UserRole.APPROVER))
    assert "3 rules" in page
    assert "last Default" in page


async def test_who_may_do_less_is_offered_less_and_told_why() -> None:
    viewer = await page_of_role(held(), UserRole.VIEWER)
    assert "Operators can do this, you are a viewer." in viewer
    assert all(each not in viewer for each in ("list-selection", "rule-order", "/removal"))
    operator = await page_of_role(held(), UserRole.OPERATOR)
    assert f'href="{PATH}/{HIGH}/change"' in operator
    assert f'href="{PATH}/{HIGH}/removal"' not in operator
    assert "Approvers can do this." in operator
    approver = await page_of_role(held(), UserRole.APPROVER)
    assert f'href="{PATH}/{HIGH}/removal"' in approver
    assert f'id="select-{HIGH}"' in approver
    assert f'id="select-{DEFAULT}"' not in approver
    assert f'href="{PATH}/{DEFAULT}/removal"' not in approver


def test_a_rule_moves_a_step_and_stays_within_the_order() -> None:
    order = ["a", "b", "c"]
    assert moved(order, "c", -1) == ["a", "c", "b"]
    assert moved(order, "a", 1) == ["b", "a", "c"]
    assert moved(order, "a", -1) == moved(order, "c", 1) == moved(order, "x", 1) == order


async def test_an_order_is_made_step_by_step_and_saved_at_once() -> None:
    gateway = held()
    gateway.play("POST", f"{RULES}/ordering", {"version": 8, "moved": []})
    async with person(gateway, UserRole.APPROVER) as approver:
        page = (await approver.get(PATH)).text
        step = (await sent(approver, order_form(page, HIGH, WEB, do=f"down-{HIGH}"))).text
        assert step.index(f'name="rule_ids" value="{WEB}"') < step.index(f'value="{HIGH}" form="r')
        assert "data-staged" in step
        assert orders(gateway) == []
        saved = await sent(approver, order_form(step, WEB, HIGH, reason="Web first"))
        assert (saved.status_code, saved.headers["location"]) == (303, PATH)
        part = await sent(approver, order_form(step, WEB, HIGH), **IN_RULES)
    body = {"rule_ids": [WEB, HIGH], "accept_warnings": False, "reason": "Web first"}
    assert orders(gateway)[0] == (body, '"7"')
    assert "<html" not in part.text
    assert "data-staged" not in part.text
    assert "The order of the rules is saved." in part.headers["hx-trigger"]


async def test_an_order_of_rules_that_have_changed_is_not_saved_and_not_lost() -> None:
    gateway = held()
    said = "Ada changed what answers on 1 Mar 2026 08:00:00 UTC: rule activated."
    gateway.play("POST", f"{RULES}/ordering", {"code": "x", "detail": said}, 412)
    async with person(gateway, UserRole.APPROVER) as approver:
        page = (await approver.get(PATH)).text
        answer = await sent(approver, order_form(page, WEB, HIGH, reason="mine"), **IN_RULES)
    assert answer.status_code == 412
    for told in ("Nothing was saved.", said, "Your order is shown below", 'value="mine"'):
        assert told in answer.text, told
    assert answer.text.index(f'id="rule-{WEB}"') < answer.text.index(f'id="rule-{HIGH}"')


async def test_what_the_checks_find_of_an_order_is_shown_and_it_is_saved_all_the_same() -> None:
    gateway, said = held(), {"code": "warnings_not_accepted", "detail": "x", "findings": [SHADOWED]}
    gateway.play("POST", f"{RULES}/ordering", said, 409)
    async with person(gateway, UserRole.APPROVER) as approver:
        page = (await approver.get(PATH)).text
        refused = await sent(approver, order_form(page, WEB, HIGH, reason="mine"), **IN_RULES)
        assert (refused.status_code, "data-staged" in refused.text) == (409, True)
        for told in ("Nothing was saved", "Shadowed by an", "Move anyway", 'value="mine"'):
            assert told in refused.text, told
        moved_on = await sent(approver, order_form(page, WEB, HIGH, do=f"down-{WEB}"))
        assert "Move anyway" not in moved_on.text
        gateway.play("POST", f"{RULES}/ordering", {"version": 8, "moved": []})
        anyway = await sent(approver, order_form(refused.text, WEB, HIGH, accept_warnings="1"))
    assert anyway.status_code == 303
    assert [body["accept_warnings"] for body, _version in orders(gateway)] == [False, True]


async def test_an_order_survives_a_service_that_is_away_and_a_refusal_is_said() -> None:
    gateway = held()
    gateway.fail("POST", f"{RULES}/ordering")
    async with person(gateway, UserRole.APPROVER) as approver:
        page = (await approver.get(PATH)).text
        away = await sent(approver, order_form(page, WEB, HIGH))
        assert (away.status_code, "data-staged" in away.text) == (503, True)
        assert "Look at what is saved now, in another tab" in away.text
        gateway.fail("GET", RULES)
        silent = await sent(approver, order_form(page, WEB, HIGH), **IN_RULES)
        assert silent.status_code == 503
        assert "Look before you do it again: it may have been done." in silent.text
        assert silent.headers["hx-retarget"] == "#problem", "the order stays where it is"
        gateway.play("GET", RULES, page_of(*ROWS))
        gateway.play("POST", f"{RULES}/ordering", {"code": "x", "detail": "It lacks one."}, 409)
        refused = await sent(approver, order_form(page, WEB, HIGH))
        assert (refused.status_code, "It lacks one." in refused.text) == (409, True)
        assert (await sent(approver, order_form(page))).status_code == 403
    async with person(gateway, UserRole.OPERATOR) as operator:
        token = fields_of((await operator.get(PATH)).text)["form_token"]
        form = {"form_token": token, "version": "7", "rule_ids": HIGH}
        assert (await operator.post(ORDERING, data=form)).status_code == 403


async def test_a_rule_has_its_pairs_and_custom_rules_in_the_documents_words() -> None:
    gateway = held()
    page = text_of(await page_of_role(gateway, UserRole.APPROVER, f"{PATH}/{HIGH}"))
    for said in (
        "Enabled provider-payment method pairs Adyen / Credit card Nexi / Credit card disabled in",
        "Custom rules Path Operator Value basket/quantity greater than 3 vip equals \"true\"",
        "Amount from €50.00 Channel is one of web, app", "Priority 1 Version 3",
        "It answered 40 checkouts in the last day, most of them from 02:00.",
        "Rule activated version 3 · local:operator", "3 1 Mar 2026 09:00",
    ):  # fmt: skip
        assert said.replace(" · ", " ") in page.replace(" · ", " "), said
    assert "Activate" not in page


async def test_a_draft_stands_beside_what_answers_with_what_differs() -> None:
    gateway = held()
    draft = TERMS | {
        "match_lists": [{"key": "channel", "values": ["web"]}],
        "custom_conditions": TERMS["custom_conditions"][:1],
    }
    said = detail(terms=draft, pairs=[ADYEN], version=4, has_draft=True)
    gateway.play("GET", f"{RULES}/{HIGH}", said)
    gateway.play("GET", f"{RULES}/{HIGH}/versions", versions(4, 3, 2, 1))
    page = text_of(await page_of_role(gateway, UserRole.APPROVER, f"{PATH}/{HIGH}"))
    for told in (
        "Active, version 3", "Draft, version 4", "Channel is one of web, app not in the draft",
        "Channel is one of web new in the draft", 'vip equals "true" not in the draft',
        "Nexi / Credit card disabled in the catalogue not in the draft",
        "Version 4 is a draft: version 3 answers until an approver activates the draft.",
    ):  # fmt: skip
        assert told in page, told
    assert "Amount from €50.00 not in the draft" not in page
    assert "Activate" in page


async def test_another_order_or_name_alone_is_a_difference() -> None:
    gateway = held()
    customs = TERMS["custom_conditions"]
    draft = TERMS | {"name": "Night", "custom_conditions": customs[::-1]}
    said = detail(terms=draft, pairs=[NEXI, ADYEN], version=4, has_draft=True)
    gateway.play("GET", f"{RULES}/{HIGH}", said)
    page = text_of(await page_of_role(gateway, UserRole.APPROVER, f"{PATH}/{HIGH}"))
    for told in (
        "Active, version 3 Name High amounts not in the draft Adyen / Credit card in another place",
        "Draft, version 4 Name Night new in the draft Nexi / Credit card disabled in the catalogue "
        "in another place Adyen / Credit card in another place",
        'vip equals "true" in another place basket/quantity greater than 3 in another place',
    ):
        assert told in page, told
    assert "Channel is one of web, app in another place" not in page


async def test_what_cannot_be_done_with_a_rule_says_why() -> None:
    gateway = held()
    why = {"allowed": False, "why_not": "The default rule stays."}
    said = detail(actions=detail()["actions"] | {"remove": why})
    gateway.play("GET", f"{RULES}/{HIGH}", said)
    approver = await page_of_role(gateway, UserRole.APPROVER, f"{PATH}/{HIGH}")
    assert "The default rule stays." in approver
    assert f'href="{PATH}/{HIGH}/removal"' not in approver
    viewer = text_of(await page_of_role(held(), UserRole.VIEWER, f"{PATH}/{HIGH}"))
    assert "Operators can do this, you are a viewer." in viewer


async def test_a_removed_rule_can_be_restored_and_nothing_else() -> None:
    gateway = held()
    gone = detail(
        status="ARCHIVED", active_version=None, active_terms=None, active_pairs=[], hits_day=0,
        hits_by_hour=[], history=[history_row("rule_archived")],
    )  # fmt: skip
    gateway.play("GET", f"{RULES}/{HIGH}", gone)
    gateway.play("GET", f"{RULES}/{HIGH}/versions", versions(3, 2, 1, active=0))
    page = await page_of_role(gateway, UserRole.APPROVER, f"{PATH}/{HIGH}")
    assert "Each of its versions can be restored as a draft." in page
    assert f'href="{PATH}/{HIGH}/versions/2/restoration"' in page
    assert "/activation" not in page
    assert "/removal" not in page
    assert "section-hits" not in page
