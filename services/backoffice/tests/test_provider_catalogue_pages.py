"""The provider catalogue: read by everybody, changed by admins, as a whole under its version."""

from typing import Any

import httpx
import pytest

from backoffice.pages.checkout_rules.pair_form import PairForm
from backoffice.words import Words
from payops_kernel.auth.principals import UserRole
from payops_testing.backoffice.checkout_rules import CATALOGUE, catalogue, held
from payops_testing.backoffice.people import DIALOG, fields_of, person, text_of
from payops_testing.backoffice.played_gateway import PlayedGateway

PATH = "/provider-catalogue"
ADYEN = f"{PATH}/adyen/credit-cards"


def written() -> PlayedGateway:
    """A gateway that takes every change."""
    gateway = held()
    gateway.play("PUT", CATALOGUE, catalogue(2))
    return gateway


def put(gateway: PlayedGateway) -> tuple[dict[tuple[str, str], Any], Any]:
    """The pairs of the last change by name, and the request."""
    asked = next(each for each in reversed(gateway.asked) if each.method == "PUT")
    return {(each["provider"], each["method"]): each for each in asked.body["pairs"]}, asked


async def form_of(admin: httpx.AsyncClient, path: str) -> dict[str, str]:
    answer = await admin.get(path)
    assert answer.status_code == 200, answer.text
    return fields_of(answer.text)


async def test_each_pair_is_there_with_what_it_can_do() -> None:
    async with person(held(), UserRole.VIEWER) as viewer:
        page = (await viewer.get(PATH)).text
    said = text_of(page)
    for told in (
        "Adyen Credit card Enabled Yes Day, Week, Month, Year PayOps requests each payment Yes",
        "Axerve Google Pay Disabled Yes No Yes", "Flowpay Wire transfer Enabled No No No",
        "Stripe PayPal Enabled Yes Month The provider starts each payment Yes", "13 pairs",
        "Version 1 as shipped", "Administrators can do this.",
    ):  # fmt: skip
        assert told in said, told
    assert "/removal" not in page
    async with person(held(), UserRole.VIEWER, language="it") as viewer:
        assert "Adyen Carta di credito Attiva Sì" in text_of((await viewer.get(PATH)).text)


async def test_an_empty_catalogue_says_what_to_do() -> None:
    gateway = held()
    gateway.play("GET", CATALOGUE, catalogue() | {"pairs": []})
    async with person(gateway, UserRole.ADMIN) as admin:
        assert "The catalogue has no pairs" in (await admin.get(PATH)).text


async def test_a_pair_is_added_and_sent_with_all_the_others() -> None:
    gateway = written()
    async with person(gateway, UserRole.ADMIN) as admin:
        form = await form_of(admin, f"{PATH}/new")
        bad = form | {"provider": "Worldpay!", "method": "credit-cards", "billing": "hub"}
        del bad["intervals"]
        wrong = await admin.post(f"{PATH}/new", data=bad, headers=DIALOG)
        assert wrong.status_code == 422
        assert "as payments name it" in wrong.text
        assert "Choose one unit at least" in wrong.text
        known = bad | {"provider": "adyen", "billing": ""}
        there = await admin.post(f"{PATH}/new", data=known, headers=DIALOG)
        assert (there.status_code, "has this pair already" in there.text) == (422, True)
        assert [each for each in gateway.asked if each.method == "PUT"] == []
        new = bad | {"provider": "worldpay", "intervals": ["MONTH", "DAY"], "reason": "New"}
        del new["pay_by_link"]
        done = await admin.post(f"{PATH}/new", data=new)
        assert (done.status_code, done.headers["location"]) == (303, PATH)
    pairs, asked = put(gateway)
    assert len(pairs) == 14
    assert pairs["worldpay", "credit-cards"] == {
        "provider": "worldpay", "method": "credit-cards", "enabled": True, "refund": True,
        "subscriptions": {"billing": "hub", "intervals": ["DAY", "MONTH"]}, "pay_by_link": False,
    }  # fmt: skip
    assert (asked.headers["if-match"], asked.body["reason"]) == ('"1"', "New")


async def test_a_pair_is_changed_and_the_others_stay_as_they_are() -> None:
    gateway = written()
    async with person(gateway, UserRole.ADMIN) as admin:
        form = await form_of(admin, f"{ADYEN}/change")
        form |= {"provider": "somebody", "billing": ""}
        del form["refund"]
        done = await admin.post(f"{ADYEN}/change", data=form, headers=DIALOG)
        assert done.status_code == 204
        assert "Adyen / Credit card is changed." in done.headers["hx-trigger"]
        assert (await admin.get(f"{PATH}/adyen/gold/change")).status_code == 404
    pairs, _ = put(gateway)
    before = {(each["provider"], each["method"]): each for each in catalogue()["pairs"]}
    changed = pairs.pop(("adyen", "credit-cards"))
    assert (changed["refund"], changed["subscriptions"]) == (False, None)
    assert pairs == {
        name: {key: value for key, value in each.items() if key != "label"}
        for name, each in before.items()
        if name != ("adyen", "credit-cards")
    }


@pytest.mark.parametrize(
    ("pair", "what", "left", "enabled"),
    [
        ("adyen/credit-cards", "disabling", 13, False),
        ("axerve/googlepay", "enabling", 13, True),
        ("adyen/credit-cards", "removal", 12, None),
    ],
)
async def test_a_pair_is_turned_off_and_on_and_removed(
    pair: str, what: str, left: int, enabled: bool | None
) -> None:
    gateway = written()
    async with person(gateway, UserRole.ADMIN) as admin:
        page = (await admin.get(f"{PATH}/{pair}/{what}")).text
        assert ("3 active rules offer it" in page) == (what != "enabling")
        done = await admin.post(
            f"{PATH}/{pair}/{what}", data=fields_of(page) | {"reason": "Why"}, headers=DIALOG
        )
    assert done.status_code == 204
    pairs, asked = put(gateway)
    provider, method = pair.split("/")
    named = pairs.get((provider, method))
    assert (len(pairs), named and named["enabled"]) == (left, enabled)
    assert (asked.headers["if-match"], asked.body["reason"]) == ('"1"', "Why")


async def test_a_change_of_what_somebody_changed_since_is_refused_and_kept_on_the_form() -> None:
    gateway = held()
    changed = {
        "event": "provider-catalogue.change", "label": "Provider catalogue changed",
        "at": "2026-03-01T09:30:00Z", "by": "local:ada", "reason": None,
    }  # fmt: skip
    said = {"code": "provider_catalogue_changed", "detail": "?", "changed": changed}
    gateway.play("PUT", CATALOGUE, said, 412)
    async with person(gateway, UserRole.ADMIN) as admin:
        form = await form_of(admin, f"{ADYEN}/change")
        del form["refund"]
        gateway.play("GET", CATALOGUE, catalogue(2))
        again = await admin.post(f"{ADYEN}/change", data=form, headers=DIALOG)
        assert again.status_code == 412
        told = "local:ada changed it on 1 Mar 2026 10:30: Provider catalogue changed."
        assert told in text_of(again.text)
        assert fields_of(again.text)["version"] == "2"
        refund = again.text.partition('name="refund"')[2].partition(">")[0]
        assert "checked" not in refund
        gateway.fail("PUT", CATALOGUE)
        away = await admin.post(f"{ADYEN}/disabling", data=form, headers=DIALOG)
        assert (away.status_code, "in another tab" in away.text) == (503, True)
        new = await form_of(admin, f"{PATH}/new") | {"provider": "newpay", "method": "barter"}
        gateway.fail("GET", CATALOGUE)
        silent = await admin.post(f"{PATH}/new", data=new, headers=DIALOG)
        assert (silent.status_code, fields_of(silent.text)["provider"]) == (503, "newpay")


@pytest.mark.parametrize("role", [UserRole.VIEWER, UserRole.OPERATOR, UserRole.APPROVER])
async def test_nobody_but_admins_changes_the_catalogue(role: UserRole) -> None:
    async with person(written(), role) as reader:
        for below in ("/new", "/adyen/credit-cards/change", "/adyen/credit-cards/removal"):
            assert (await reader.get(PATH + below)).status_code == 403


async def test_only_known_changes_have_a_page() -> None:
    gateway = written()
    async with person(gateway, UserRole.ADMIN) as admin:
        assert (await admin.get(f"{ADYEN}/polishing")).status_code == 404
        form = await form_of(admin, f"{ADYEN}/disabling")
        assert (await admin.post(f"{ADYEN}/polishing", data=form)).status_code == 404
    assert [each for each in gateway.asked if each.method == "PUT"] == []


def test_what_pairs_can_be_called_is_what_payments_call_them() -> None:
    words = Words("en")
    for name in ("credit-cards", "pay-pal", "a", "visa2.0_x", "a" * 64):
        assert PairForm(name, name).checked(words).wrong == {}
    for name in ("", "Credit", "-x", "a b", "é", "a" * 65, "a/b"):
        assert set(PairForm(name, "ok").checked(words).wrong) == {"provider"}
