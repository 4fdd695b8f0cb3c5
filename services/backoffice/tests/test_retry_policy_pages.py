"""The page of retry policies: what each rail leaves in words, changes under a version, roles."""

from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from backoffice.pages.policies.policies import WHY_NOT_MORE
from backoffice.pages.policies.waits import WAIT_S_MAX, WAITS_MAX, Wait, line
from backoffice.words import Words
from billing_debits.api.retry_policies import DELAY_S_MAX, DELAYS_MAX
from billing_debits.domain.policies import STANDARD, THREE_TOTAL, KeptPolicy, WhyNot
from billing_debits.domain.rail_bounds import left_by_rails
from billing_debits.use_cases.retry_policies import policy_answer
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.responses import JsonResponse
from payops_testing.backoffice.people import DIALOG, fields_of, person, text_of
from payops_testing.backoffice.played_gateway import PlayedGateway
from payops_testing.billing_debits.builders import START

DAY = timedelta(days=1)
RESOURCE, PATH = "/v1/retry-policies", "/retry-policies"
STANDARD_AT, CHANGE = f"{RESOURCE}/standard", f"{PATH}/standard/change"
SHIPPED = KeptPolicy(STANDARD)
CHANGED = KeptPolicy(
    STANDARD._replace(version=2, delays=(DAY / 24, 2 * DAY)), START, "local:somebody"
)


def json_of(answer: Any) -> Any:
    return orjson.loads(JsonResponse(answer).body)


def held(standard: KeptPolicy = SHIPPED, active: str = "standard") -> PlayedGateway:
    """A gateway with the two policies."""
    gateway = PlayedGateway()
    answers = [json_of(policy_answer(each, active)) for each in (standard, KeptPolicy(THREE_TOTAL))]
    gateway.play("GET", RESOURCE, {"items": answers})
    for answer in answers:
        gateway.play("GET", f"{RESOURCE}/{answer['name']}", answer)
    return gateway


async def page_of(gateway: PlayedGateway, role: UserRole, language: str = "en") -> str:
    async with person(gateway, role, language=language) as reader:
        answer = await reader.get(PATH)
        assert answer.status_code == 200, answer.text
        return answer.text


async def form_of(admin: httpx.AsyncClient) -> dict[str, str]:
    """The form of a change of the standard policy as a browser would send it unchanged."""
    fields = fields_of((await admin.get(CHANGE)).text)
    return fields | {"unit-0": "hours", "unit-1": "days", "unit-2": "days"}


def puts(gateway: PlayedGateway) -> list[tuple[str, Any]]:
    return [(each.path, each.body) for each in gateway.asked if each.method == "PUT"]


async def test_policies_are_shown_with_their_attempts_and_what_each_rail_leaves_of_them() -> None:
    page = text_of(await page_of(held(CHANGED), UserRole.VIEWER))
    for said in (
        "standard Active now Version 2 · changed 1 Mar 2026", "(Rome) (UTC) by local:somebody",
        "First attempt, then +1 h, +2 d", "three-total Version 1 · as shipped",
        "First attempt, then +24 h, +3 d", "ACH 2 of 2 The policy has no more. Nacha",
    ):  # fmt: skip
        assert said in page, said
    shipped = text_of(await page_of(held(), UserRole.VIEWER))
    assert "ACH 2 of 3 The rail allows no more. Nacha Operating Rules" in shipped
    italian = text_of(await page_of(held(), UserRole.VIEWER, "it"))
    assert "Primo tentativo, poi +24 h, +3 g" in italian
    assert "2 di 3 Il circuito non ne permette altri." in italian


def test_every_reason_why_a_rail_leaves_no_more_has_its_sentence() -> None:
    delays = [[DAY] * 3, [60 * DAY, 121 * DAY]]
    reasons = {left.why_not_more for each in delays for left in left_by_rails(each)}
    assert reasons == set(WHY_NOT_MORE) == {
        WhyNot.POLICY_USED_UP, WhyNot.RAIL_CAP, WhyNot.RAIL_WINDOW,
    }  # fmt: skip


@pytest.mark.parametrize("role", [UserRole.VIEWER, UserRole.OPERATOR, UserRole.APPROVER])
async def test_only_admins_are_given_the_dialogs_and_others_are_told_who_can(
    role: UserRole,
) -> None:
    page = await page_of(held(), role)
    assert page.count('aria-disabled="true"') == 3
    assert "Administrators can do this." in page
    assert "data-dialog>" not in page.partition('id="policies"')[2]
    async with person(held(), role) as reader:
        for below in ("standard/change", "three-total/activation"):
            assert (await reader.get(f"{PATH}/{below}")).status_code == 403


async def test_an_admin_changes_each_policy_and_activates_the_one_that_is_not() -> None:
    page = await page_of(held(active="three-total"), UserRole.ADMIN)
    links = ("standard/change", "standard/activation", "three-total/change")
    assert all(f'href="{PATH}/{each}"' in page for each in links)
    assert f"{PATH}/three-total/activation" not in page


@pytest.mark.parametrize(
    ("seconds", "number", "unit", "named"),
    [
        (24 * 3600, "24", "hours", "+24 h"),
        (2 * 24 * 3600, "2", "days", "+2 d"),
        (36 * 3600, "36", "hours", "+36 h"),
        (90 * 60, "90", "minutes", "+90 min"),
        (61, "61", "seconds", "+61 s"),
    ],
)
def test_a_wait_is_said_in_whole_numbers_and_means_the_same_when_it_is_sent(
    seconds: int, number: str, unit: str, named: str
) -> None:
    wait = Wait.of(seconds)
    assert (wait.number, wait.unit, wait.seconds) == (number, unit, seconds)
    assert wait.named(Words("en")).replace("\N{NO-BREAK SPACE}", " ") == named
    assert unit in wait.choices


def test_the_forms_bounds_are_the_services() -> None:
    assert (WAIT_S_MAX, WAITS_MAX) == (DELAY_S_MAX, DELAYS_MAX)
    words = Words("en")
    assert [Wait(typed, "days").checked(words).wrong for typed in ("1", "60")] == ["", ""]
    wrong = ("", "0", "-1", "1.5", "soon", "61", "9" * 5000, "٣")
    assert all(Wait(typed, "days").checked(words).wrong for typed in wrong)


async def test_lines_are_added_and_removed_before_anything_is_sent() -> None:
    gateway = held()
    async with person(gateway, UserRole.ADMIN) as admin:
        form = await form_of(admin)
        more = await admin.post(CHANGE, data=form | {"do": "add"}, headers=DIALOG)
        assert (more.status_code, "wait-3" in fields_of(more.text)) == (200, True)
        less = fields_of((await admin.post(CHANGE, data=form | {"do": "remove-0"})).text)
        assert [less.get(f"wait-{at}") for at in range(3)] == ["3", "7", None]
        one = {key: value for key, value in form.items() if key[-2:] not in ("-1", "-2")}
        alone = await admin.post(CHANGE, data=one | {"do": "remove-0"})
        assert fields_of(alone.text)["wait-0"] == "24"
        assert 'value="remove-0"' not in alone.text
        ten = {
            f"{of}-{at}": said for of, said in (("wait", "1"), ("unit", "days")) for at in range(10)
        }
        full = (await admin.post(CHANGE, data=form | ten | {"do": "add"})).text
        assert ("wait-9" in full, "wait-10" in full) == (True, False)
        assert "More than 10 retries" in full
    assert puts(gateway) == []


async def test_what_is_no_wait_is_refused_at_its_line() -> None:
    gateway = held()
    async with person(gateway, UserRole.ADMIN) as admin:
        form = await form_of(admin) | {"wait-0": "", "wait-1": "1.5", "wait-2": "61"}
        answer = await admin.post(CHANGE, data=form, headers=DIALOG)
    assert (answer.status_code, answer.text.count('aria-invalid="true"')) == (422, 3)
    for said in ("Write how long", "Write a whole number", "within 60 days"):
        assert said in answer.text
    assert puts(gateway) == []


async def test_a_change_is_sent_under_the_version_that_was_read() -> None:
    gateway = held()
    gateway.play("PUT", STANDARD_AT, json_of(policy_answer(CHANGED, "standard")))
    async with person(gateway, UserRole.ADMIN) as admin:
        form = await form_of(admin) | {"wait-0": "1", "wait-1": "2"}
        form = {key: value for key, value in form.items() if not key.endswith("-2")}
        answer = await admin.post(CHANGE, data=form | {"reason": " Agreed "}, headers=DIALOG)
        alone = await admin.post(CHANGE, data=form)
    assert answer.status_code == 204
    told = orjson.loads(answer.headers["hx-trigger"])
    assert told["toast"]["text"] == "The retry policy standard is changed: version 2."
    assert told["record-changed"] == {"id": "standard"}
    assert (alone.status_code, alone.headers["location"]) == (303, PATH)
    delays = {"delays_s": [3600, 2 * 24 * 3600]}
    assert puts(gateway) == [(STANDARD_AT, delays | {"reason": "Agreed"}), (STANDARD_AT, delays)]
    sent = [each.headers for each in gateway.asked if each.method == "PUT"]
    assert [each["if-match"] for each in sent] == ['"1"', '"1"']


async def test_a_change_by_somebody_else_is_shown_and_taken_into_the_form() -> None:
    gateway = held()
    async with person(gateway, UserRole.ADMIN) as admin:
        form = await form_of(admin) | {"wait-1": "5", "reason": "Agreed"}
        late = {"code": "retry_policy_changed", "title": "The policy has changed", "detail": "x"}
        gateway.play("PUT", STANDARD_AT, late, status=412)
        gateway.play("GET", STANDARD_AT, json_of(policy_answer(CHANGED, "standard")))
        answer = await admin.post(CHANGE, data=form, headers=DIALOG)
    said = text_of(answer.text)
    assert answer.status_code == 412
    assert "record-changed" in answer.headers["hx-trigger"], "the page below is read again"
    for each in (
        "local:somebody made version 2 on 1 Mar 2026",
        "It says now: First attempt, then +1 h, +2 d",
        "You asked for: First attempt, then +24 h, +5 d, +7 d",
    ):  # fmt: skip
        assert each in said, each
    now = fields_of(answer.text)
    assert (now["version"], now["wait-0"], now["wait-1"]) == ("2", "1", "2")
    assert (now["reason"], "wait-2" in now) == ("Agreed", False)


async def test_what_the_service_refuses_is_said_at_its_field_and_silence_keeps_the_form() -> None:
    gateway = held()
    errors = [
        {"pointer": "/body/reason", "code": "x", "detail": "Too long a reason"},
        {"pointer": "/body/delays_s/1", "code": "x", "detail": "Too long a wait"},
    ]
    gateway.play("PUT", STANDARD_AT, {"code": "invalid", "errors": errors}, status=422)
    async with person(gateway, UserRole.ADMIN) as admin:
        form = await form_of(admin)
        wrong = await admin.post(CHANGE, data=form, headers=DIALOG)
        gateway.fail("PUT", STANDARD_AT)
        away = await admin.post(CHANGE, data=form | {"wait-0": "9"}, headers=DIALOG)
        outdated = await admin.post(CHANGE, data={"form_token": form["form_token"]})
    assert (wrong.status_code, wrong.text.count('aria-invalid="true"')) == (422, 2)
    assert all(each["detail"] in wrong.text for each in errors)
    assert (away.status_code, fields_of(away.text)["wait-0"]) == (503, "9")
    assert outdated.status_code == 403


async def test_another_policy_is_made_active_after_what_follows_was_said() -> None:
    gateway, path = held(), f"{PATH}/three-total/activation"
    gateway.play("PUT", f"{RESOURCE}/active", json_of(policy_answer(KeptPolicy(THREE_TOTAL), "x")))
    async with person(gateway, UserRole.ADMIN) as admin:
        dialog = await admin.get(path)
        answer = await admin.post(path, data=fields_of(dialog.text), headers=DIALOG)
        unknown = await admin.get(f"{PATH}/nothing/activation")
    said = text_of(dialog.text)
    assert "Every debit that fails from now on is tried again by it." in said
    assert "Active until now standard Active from now on three-total" in said
    told = orjson.loads(answer.headers["hx-trigger"])
    assert told["toast"]["text"] == "The retry policy three-total is active."
    assert puts(gateway) == [(f"{RESOURCE}/active", {"name": "three-total"})]
    assert unknown.status_code == 404


def test_a_policy_is_one_line_in_each_language() -> None:
    delays = [round(each.total_seconds()) for each in STANDARD.delays]
    said = [line(delays, Words(each)).replace("\N{NO-BREAK SPACE}", " ") for each in ("en", "it")]
    assert said == [
        "First attempt, then +24 h, +3 d, +7 d", "Primo tentativo, poi +24 h, +3 g, +7 g",
    ]  # fmt: skip
