"""A rule's dialogs: activated after the checks, removed, an older version restored."""

from typing import Any

import httpx

from payops_kernel.auth.principals import UserRole
from payops_testing.backoffice.checkout_rules import (
    ADYEN,
    DEFAULT,
    HIGH,
    RULES,
    SHADOWED,
    TERMS,
    WEB,
    detail,
    held,
    versions,
)
from payops_testing.backoffice.people import DIALOG, fields_of, person, text_of
from payops_testing.backoffice.played_gateway import PlayedGateway

PATH = f"/checkout-rules/{HIGH}"
ACTIVATION = f"{RULES}/{HIGH}/activation"
PREVIEWS = f"{RULES}/bulk-delete/previews"
NO_PAIRS = SHADOWED | {"code": "no_pairs", "severity": "error", "example": None}
THEIRS = {
    "code": "checkout_rule_changed",
    "detail": "in the service's words",
    "changed": {
        "event": "rule_changed", "label": "Rule changed", "at": "2026-03-01T09:30:00Z",
        "by": "local:ada", "version": 5, "reason": None,
    },
}  # fmt: skip


def with_draft(*findings: dict[str, Any]) -> PlayedGateway:
    """A gateway whose rule has a draft, about which the checks find this."""
    gateway = held()
    gateway.play("GET", f"{RULES}/{HIGH}", detail(version=4, has_draft=True))
    gateway.play("POST", f"{RULES}/checks", {"findings": list(findings)})
    gateway.play("POST", ACTIVATION, {"rule_id": HIGH})
    return gateway


def removal(rule_id: str, why_not: str | None = None, **other: Any) -> dict[str, Any]:
    said = {
        "rule_id": rule_id, "allowed": why_not is None, "why_not": why_not, "name": "High amounts",
        "status": "ACTIVE", "status_label": "Active", "priority": 1, "step": 5,
    }  # fmt: skip
    return said | other


def removable(*items: dict[str, Any], active: int = 1) -> PlayedGateway:
    """A gateway that says so of what is to be removed."""
    gateway = held()
    said = {"items": list(items), "allowed": True, "active": active}
    gateway.play("POST", PREVIEWS, said)
    gateway.play("POST", f"{RULES}/bulk-delete", {"items": []})
    return gateway


async def pressed(
    reader: httpx.AsyncClient, path: str, to: str = "", **other: str
) -> httpx.Response:
    """The form at an address, sent as a dialog's."""
    page = await reader.get(path)
    assert page.status_code == 200, page.text
    return await reader.post(to or path, data=fields_of(page.text) | other, headers=DIALOG)


def last(gateway: PlayedGateway, path: str) -> Any:
    return [each for each in gateway.asked if each.path == path][-1]


async def test_the_checks_speak_before_a_draft_answers_and_their_warnings_are_accepted() -> None:
    gateway = with_draft(SHADOWED)
    async with person(gateway, UserRole.APPROVER) as approver:
        form = (await approver.get(f"{PATH}/activation")).text
        for said in (
            "Checkouts are answered by version 4 from now on, in place of version 3.",
            'Warning Shadowed by an earlier rule "Web" holds', "Rules: Web", "I accept",
        ):  # fmt: skip
            assert said in text_of(form), said
        sent = fields_of(form)
        del sent["accept_warnings"]
        done = await approver.post(f"{PATH}/activation", data=sent | {"reason": "agreed"})
        assert (done.status_code, done.headers["location"]) == (303, PATH)
        unaccepted = last(gateway, ACTIVATION)
        assert unaccepted.body == {"accept_warnings": False, "reason": "agreed"}
        assert unaccepted.headers["if-match"] == '"5"'
        told = await pressed(approver, f"{PATH}/activation")
    assert told.status_code == 204
    assert last(gateway, ACTIVATION).body == {"accept_warnings": True}
    checked = last(gateway, f"{RULES}/checks").body
    assert checked == {"rule_id": HIGH, "terms": detail()["terms"], "priority": 1}


async def test_what_the_service_finds_since_is_shown_and_nothing_is_lost() -> None:
    gateway = with_draft(SHADOWED)
    refusal = {"code": "warnings_not_accepted", "detail": "?", "findings": [SHADOWED]}
    gateway.play("POST", ACTIVATION, refusal, 409)
    async with person(gateway, UserRole.APPROVER) as approver:
        again = await pressed(approver, f"{PATH}/activation", reason="mine")
        assert again.status_code == 409
        assert "Say that you accept the warnings" in again.text
        assert fields_of(again.text)["reason"] == "mine"
        gateway.play("POST", ACTIVATION, THEIRS, 412)
        theirs = await pressed(approver, f"{PATH}/activation")
        assert theirs.status_code == 412
        assert "local:ada changed it on 1 Mar 2026 10:30: Rule changed." in text_of(theirs.text)
        gateway.fail("POST", ACTIVATION)
        away = await pressed(approver, f"{PATH}/activation")
        assert away.status_code == 503
        assert fields_of(away.text)["step"] == "5"
        form = fields_of((await approver.get(f"{PATH}/activation")).text)
        gateway.fail("POST", f"{RULES}/checks")
        silent = await approver.post(f"{PATH}/activation", data=form, headers=DIALOG)
    assert "Press again: it is done once." in silent.text
    assert "The checks do not answer now." in silent.text
    assert "Nothing: it is reached" not in silent.text
    assert 'name="accept_warnings" value="1" checked' in silent.text, "the same under its key"
    assert fields_of(silent.text)["key"] == form["key"]


async def test_an_error_of_the_checks_bars_the_activation() -> None:
    async with person(with_draft(NO_PAIRS), UserRole.APPROVER) as approver:
        page = (await approver.get(f"{PATH}/activation")).text
    assert "It has no pairs" in page
    assert "<form" not in page.partition('id="dialog-title"')[2].partition("</main>")[0]
    assert f'href="{PATH}/change"' in page


async def test_a_draft_of_the_default_is_checked_without_a_priority() -> None:
    gateway = with_draft()
    default = detail(DEFAULT, priority=None, version=4, has_draft=True)
    gateway.play("GET", f"{RULES}/{DEFAULT}", default)
    async with person(gateway, UserRole.APPROVER) as approver:
        page = text_of((await approver.get(f"/checkout-rules/{DEFAULT}/activation")).text)
    assert "Nothing: it is reached" in page
    assert last(gateway, f"{RULES}/checks").body.keys() == {"rule_id", "terms"}


async def test_a_rule_is_removed_as_it_was_seen_with_the_consequence_first() -> None:
    gateway = removable(removal(HIGH))
    async with person(gateway, UserRole.APPROVER) as approver:
        form = (await approver.get(f"{PATH}/removal")).text
        assert "Remove the rule High amounts" in text_of(form)
        assert "go to the next rule that holds, or to the default" in form
        gone = await approver.post(
            "/checkout-rules/removals", data=fields_of(form) | {"reason": "Unused"}, headers=DIALOG
        )
        assert (gone.status_code, "1 rule is removed." in gone.headers["hx-trigger"]) == (204, True)
        body = {"rule_ids": [HIGH], "steps": {HIGH: 5}, "accept_warnings": False}
        assert last(gateway, f"{RULES}/bulk-delete").body == body | {"reason": "Unused"}
        gateway.play("POST", f"{RULES}/bulk-delete", THEIRS, 412)
        theirs = await pressed(approver, f"{PATH}/removal", "/checkout-rules/removals")
        assert theirs.status_code == 412
        assert "local:ada changed it" in theirs.text
        gateway.fail("POST", f"{RULES}/bulk-delete")
        gateway.fail("POST", PREVIEWS)
        away = await approver.post("/checkout-rules/removals", data=fields_of(form), headers=DIALOG)
        assert away.status_code == 503
        assert fields_of(away.text)["rule_ids"] == f"{HIGH} 5"
        assert "What follows cannot be said while nobody answers." in away.text
        assert "nothing of this is active" not in away.text


async def test_what_the_checks_find_of_a_removal_is_accepted_in_its_form() -> None:
    gateway = removable(removal(HIGH))
    said = {
        "code": "warnings_not_accepted",
        "detail": "Some payments fall.",
        "findings": [SHADOWED],
    }
    gateway.play("POST", f"{RULES}/bulk-delete", said, 409)
    async with person(gateway, UserRole.APPROVER) as approver:
        asked = await pressed(approver, f"{PATH}/removal", "/checkout-rules/removals")
        assert asked.status_code == 409
        for told in ("Say that you accept the warnings", "I accept the warnings", "Shadowed by an"):
            assert told in text_of(asked.text), told
        form = fields_of(asked.text) | {"accept_warnings": "1"}
        gateway.fail("POST", f"{RULES}/bulk-delete")
        away = await approver.post("/checkout-rules/removals", data=form, headers=DIALOG)
        assert fields_of(away.text)["accept_warnings"] == "1", "the same form under its key"
        gateway.play("POST", f"{RULES}/bulk-delete", {"items": []})
        done = await approver.post("/checkout-rules/removals", data=form, headers=DIALOG)
    assert done.status_code == 204
    assert last(gateway, f"{RULES}/bulk-delete").body["accept_warnings"] is True


async def test_several_rules_are_previewed_with_those_that_stay_and_why() -> None:
    gateway = removable(
        removal(HIGH), removal(WEB, name="Web", status="DRAFT", step=2),
        removal(DEFAULT, "The default rule stays.", name="Default"),
    )  # fmt: skip
    async with person(gateway, UserRole.APPROVER) as approver:
        token = fields_of((await approver.get("/checkout-rules")).text)["form_token"]
        chosen = {"form_token": token, "ids": [HIGH, WEB], "more_ids": DEFAULT}
        preview = await approver.post(
            "/checkout-rules/removals/preview", data=chosen, headers=DIALOG
        )
        nothing = await approver.post(
            "/checkout-rules/removals/preview", data={"form_token": token}, headers=DIALOG
        )
    assert last(gateway, PREVIEWS).body == {"rule_ids": [HIGH, WEB, DEFAULT]}
    page = text_of(preview.text)
    assert "Remove 2 rules" in page
    assert "1 is left out Default The default rule stays." in page
    assert f'name="rule_ids" value="{WEB} 2"' in preview.text
    assert f'value="{DEFAULT}' not in preview.text
    assert (nothing.status_code, "None of the chosen rules" in nothing.text) == (422, True)


async def test_who_may_not_remove_what_answers_is_told_and_given_no_form() -> None:
    async with person(removable(removal(HIGH)), UserRole.OPERATOR) as operator:
        page = (await operator.get(f"{PATH}/removal")).text
        assert "Approvers can do this." in page
        assert 'name="rule_ids"' not in page
        draft = removable(removal(HIGH, status="DRAFT"), active=0)
    async with person(draft, UserRole.OPERATOR) as operator:
        page = (await operator.get(f"{PATH}/removal")).text
        assert "nothing of this is active" in page
        assert 'name="rule_ids"' in page
    async with person(draft, UserRole.VIEWER) as viewer:
        assert (await viewer.get(f"{PATH}/removal")).status_code == 403


async def test_an_older_version_is_looked_at_and_saved_again_as_a_draft() -> None:
    gateway = held()
    restored = f"{RULES}/{HIGH}/versions/2/restoration"
    gateway.play("POST", restored, {"rule_id": HIGH})
    kept = versions(3, 2)
    kept["items"][1] |= {"terms": TERMS | {"custom_conditions": []}, "pairs": [ADYEN]}
    gateway.play("GET", f"{RULES}/{HIGH}/versions", kept)
    async with person(gateway, UserRole.OPERATOR) as operator:
        page = await operator.get(f"{PATH}/versions/2")
        said = text_of(page.text)
        for told in ("Version 2 of High amounts", "No custom rules.", "Adyen / Credit card"):
            assert told in said, told
        assert f'href="{PATH}/versions/2/restoration"' in page.text
        newest = (await operator.get(f"{PATH}/versions/3")).text
        assert "/restoration" not in newest.partition('id="dialog-title"')[2]
        done = await pressed(operator, f"{PATH}/versions/2/restoration", reason="It was better")
        assert done.status_code == 204
        assert "Version 2 is saved as a draft." in done.headers["hx-trigger"]
        asked = last(gateway, restored)
        assert (asked.body, asked.headers["if-match"]) == ({"reason": "It was better"}, '"5"')
        gateway.play("POST", restored, THEIRS, 412)
        theirs = await pressed(operator, f"{PATH}/versions/2/restoration")
        assert (theirs.status_code, "local:ada changed it" in theirs.text) == (412, True)
        assert (await operator.get(f"{PATH}/versions/9")).status_code == 404
        form = fields_of((await operator.get(f"{PATH}/versions/2/restoration")).text)
        gateway.fail("POST", restored)
        gateway.fail("GET", f"{RULES}/{HIGH}")
        away = await operator.post(f"{PATH}/versions/2/restoration", data=form, headers=DIALOG)
        assert (away.status_code, "Press again: it is done once." in away.text) == (503, True)
        assert (fields_of(away.text)["step"], fields_of(away.text)["key"]) == ("5", form["key"])
        gateway.play("GET", f"{RULES}/{HIGH}", detail())
    async with person(gateway, UserRole.VIEWER) as viewer:
        seen = await viewer.get(f"{PATH}/versions/2")
        assert "Operators can do this, you are a viewer." in seen.text
        assert (await viewer.get(f"{PATH}/versions/2/restoration")).status_code == 403
