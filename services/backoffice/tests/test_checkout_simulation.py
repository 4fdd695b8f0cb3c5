"""Simulations of checkout rules: how they begin, how far they are, what they found."""

from itertools import pairwise
from typing import Any

import pytest

from backoffice.components.charts.flows import BARS_HEIGHT, BARS_MAX, HEAD, Flow, drawn
from backoffice.components.job_view import JobView
from backoffice.pages.checkout_simulation.found import Found
from backoffice.words import Words
from payops_kernel.auth.principals import UserRole
from payops_testing.backoffice.edited_rule import HOSTILE, SIMULATIONS, rule, sent
from payops_testing.backoffice.people import fields_of, person, text_of
from payops_testing.backoffice.played_gateway import PlayedGateway

JOB_ID, START = "checkout-rules-1", "/checkout-rules/simulation"
RESULT = f"{START}/{JOB_ID}"
SLOT = {"HX-Request": "true", "HX-Target": "div#simulation"}
BESIDE = {"HX-Request": "true", "HX-Target": "div#simulation-beside"}
ADYEN = {"provider": "adyen", "method": "credit-cards"}
NEXI = {"provider": "nexi", "method": "credit-cards"}


def job(state: str = "RUNNING") -> dict[str, Any]:
    return {
        "job_id": JOB_ID, "kind": "checkout-simulation", "owner": "local:operator", "state": state,
        "progress": {"done": 12, "total": 40}, "counts": {}, "created_at": "2026-03-01T10:00:00Z",
        "result": None, "error": None,
    }  # fmt: skip


def flow(before: Any, after: Any, currency: str, payments: int, amount_minor: int) -> Any:
    return {
        "before": before, "after": after, "currency": currency, "payments": payments,
        "amount_minor": amount_minor,
    }  # fmt: skip


def found(**others: Any) -> dict[str, Any]:
    """What a simulation found, as the gateway answers it."""
    return {
        "from": "2026-03-01", "to": "2026-03-02", "active_version": 4, "draft_version": 5,
        "payments": 1400, "changed": 203,
        "changed_by_currency": {
            "EUR": {"payments": 200, "amount_minor": 1_000_000},
            "USD": {"payments": 3, "amount_minor": 4_500},
        },
        "changed_payments": [
            {
                "name": f"txn/{number}", "before": "default", "after": "rule-1",
                "before_name": "default", "after_name": HOSTILE,
            }
            for number in range(203)
        ],
        "flows": [
            flow(ADYEN, ADYEN, "EUR", 1197, 9_000_000),
            flow(ADYEN, NEXI, "EUR", 200, 1_000_000),
            flow(NEXI, None, "USD", 3, 4_500),
        ],
        "active_hits": [
            {"rule_id": "rule-0", "version": 1, "hits": 0, "name": "Gone"},
            {"rule_id": "default", "version": 1, "hits": 1400, "name": "default"},
        ],
        "draft_hits": [
            {"rule_id": "rule-1", "version": 2, "hits": 203, "name": HOSTILE},
            {"rule_id": "rule-2", "version": 1, "hits": 0, "name": "Never"},
            {"rule_id": "new-1", "version": 1, "hits": 0, "name": "Being written"},
            {"rule_id": "default", "version": 1, "hits": 1197, "name": "default"},
        ],
        "never_hit": ["rule-2"],
        "lacking": {"basket/quantity": 700, "channel": 0},
    } | others  # fmt: skip


def held(state: str = "DONE", **others: Any) -> PlayedGateway:
    gateway = PlayedGateway()
    gateway.play("GET", f"/v1/jobs/{JOB_ID}", job(state))
    gateway.play("GET", f"{SIMULATIONS}/{JOB_ID}", found(**others))
    gateway.play("GET", "/v1/jobs", {"items": [job(state)], "missing": []})
    default = rule(rule_id="default", name="default")
    gateway.play("GET", "/v1/checkout-rules", {"items": [rule(), default]})
    gateway.play("POST", SIMULATIONS, job("QUEUED"), status=202)
    return gateway


async def page_of(gateway: PlayedGateway, path: str = RESULT, language: str = "en") -> str:
    async with person(gateway, UserRole.VIEWER, language=language) as reader:
        answer = await reader.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text


async def test_a_simulation_of_drafts_and_without_rules_is_begun_and_followed() -> None:
    gateway = held()
    async with person(gateway) as operator:
        page = (await operator.get(START)).text
        form = fields_of(page) | {"from": "2026-03-01", "to": "2026-03-02", "without": "rule-9"}
        answer = await operator.post(START, data=form)
        wrong = await operator.post(START, data=form | {"from": "2026-03-03"})
        soon = await operator.post(START, data=form | {"from": "2999-01-01", "to": "2999-01-01"})
        gateway.play("POST", SIMULATIONS, {"code": "x", "detail": "Too many days."}, status=422)
        refused = await operator.post(START, data=form)
        gateway.fail("POST", SIMULATIONS)
        gateway.fail("GET", "/v1/checkout-rules")
        away = await operator.post(START, data=form)
    assert away.status_code == 503
    assert "a simulation changes nothing, even when it runs twice" in away.text
    assert fields_of(away.text)["from"] == "2026-03-01"
    assert 'value="rule-9" checked' in away.text
    assert 'value="rule-6f1c2a90"' in page
    assert 'value="default"' not in page, "the default cannot be left out"
    assert f'href="{RESULT}"' in page, "the ones before"
    assert answer.headers["location"] == RESULT
    assert sent(gateway, "POST", SIMULATIONS)[0].body == {
        "from": "2026-03-01", "to": "2026-03-02", "without": ["rule-9"],
        "use_drafts": True,
    }  # fmt: skip
    assert "The first day is after the last one." in wrong.text
    assert "These days have not come yet." in soon.text
    assert (refused.status_code, "Too many days." in refused.text) == (422, True)
    assert fields_of(refused.text)["from"] == "2026-03-01"


async def test_its_progress_is_read_again_until_it_is_done_and_it_can_be_cancelled() -> None:
    gateway = held("RUNNING")
    async with person(gateway) as operator:
        page = (await operator.get(RESULT)).text
        beside = (await operator.get(RESULT, headers=BESIDE)).text
        gateway.play("GET", f"/v1/jobs/{JOB_ID}", job("DONE"))
        done = (await operator.get(RESULT, headers=SLOT)).text
        done_beside = (await operator.get(RESULT, headers=BESIDE)).text
        gateway.play("GET", f"/v1/jobs/{JOB_ID}", job("CANCELLED"))
        cancelled = (await operator.get(RESULT)).text
    assert "12 of 40" in text_of(page)
    assert f'action="/jobs/{JOB_ID}/cancel"' in page
    assert (f'hx-get="{RESULT}"' in page, f'hx-get="{RESULT}"' in beside) == (True, True)
    for whole in (done, done_beside, cancelled):
        assert f'hx-get="{RESULT}"' not in whole, "it has ended"
    assert "Hits by rule" in done
    assert "Hits by rule" not in done_beside
    assert "With other pairs 203 (14.50%)" in text_of(done_beside)
    assert '<a href="/checkout-rules/rule-0" target="_blank">' in done_beside, (
        "beside what is typed"
    )


async def test_a_jobs_page_and_the_tray_lead_to_what_a_simulation_found() -> None:
    gateway = held()
    gateway.play("GET", f"/v1/jobs/{JOB_ID}/rows", {
        "items": [], "total": 0, "total_is_capped": False, "from": 0, "to": 0,
        "previous": None, "next": None,
    })  # fmt: skip
    for path in (f"/jobs/{JOB_ID}", "/jobs/tray"):
        assert f'href="{RESULT}"' in await page_of(gateway, path)
    words = Words("en")
    assert JobView(job("RUNNING"), words).result == JobView(job("FAILED"), words).result == ""
    assert JobView(job("DONE") | {"kind": "bulk-refund"}, words).result == ""


async def test_what_was_found_is_said_by_currency_by_rule_and_by_payment() -> None:
    page = await page_of(held())
    said = text_of(page)
    for each in (
        "Days 1–2 Mar 2026 Payments replayed 1,400",  # noqa: RUF001
         "With other pairs 203 (14.50%)",
        "Other pairs in EUR €10,000.00 in 200 payments",
        "Other pairs in USD US$45.00 in 3 payments",
        "Never hit: Never", "700 payments (50.00%) have no basket/quantity",
        "Adyen / Credit card the same 1,197 €90,000.00",
        "Adyen / Credit card Nexi / Credit card 200 €10,000.00",
        "Gone 0 not there", "Never not there never hit", "The first 20 of 203.",
        "Left out, so not tried: Gone",
    ):  # fmt: skip
        assert each in said, each
    for rule_id, name in (("rule-0", "Gone"), ("rule-2", "Never"), ("default", "default")):
        assert f'<a href="/checkout-rules/{rule_id}"><bdi>{name}</bdi></a>' in page
    assert "new-1" not in page, "what was never saved has no page"
    assert "have no channel" not in said
    assert 'href="/transactions/txn%2F0"' in page
    assert "<script>alert" not in page
    dollars = text_of(await page_of(held(), f"{RESULT}?currency=USD"))
    assert "Nexi / Credit card No pair 3 US$45.00" in dollars
    assert "€90,000.00" not in dollars
    italian = text_of(await page_of(held(), language="it"))
    assert "Pagamenti riesaminati 1.400" in italian
    assert "Mai usate: Never" in italian


def test_the_currency_in_which_most_moves_is_shown_first_however_many_stay_in_another() -> None:
    flows = [
        flow(ADYEN, ADYEN, "USD", 9_000, 1), flow(ADYEN, ADYEN, "JPY", 10, 1),
        flow(ADYEN, NEXI, "EUR", 3, 1), flow(ADYEN, ADYEN, "CHF", 5, 1),
    ]  # fmt: skip
    changed = {each: {"payments": 5, "amount_minor": 1} for each in ("EUR", "CHF")}
    answer = found(flows=flows, changed_by_currency=changed)
    words = Words("en")
    assert Found(answer, words).currencies == ["EUR", "CHF", "USD", "JPY"]
    assert (Found(answer, words).currency, Found(answer, words, "USD").currency) == ("EUR", "USD")


async def test_days_without_payments_say_so() -> None:
    nothing: dict[str, Any] = {
        "payments": 0, "changed": 0, "changed_by_currency": {}, "changed_payments": [],
        "flows": [], "lacking": {"channel": 0},
    }  # fmt: skip
    said = text_of(await page_of(held(**nothing)))
    assert "No payment is known on these days" in said
    assert "Every payment would be offered what it was." in said


TRY, EVALUATIONS = "/checkout-rules/evaluation", "/v1/checkout-rules/evaluations"


async def test_a_checkout_is_tried_by_what_is_known_of_it() -> None:
    gateway = PlayedGateway()
    passed = {
        "rule_id": "rule-1", "name": HOSTILE, "version": 2, "condition": 0,
        "words": "Channel is one of web", "path": "channel", "seen": "value", "value": "10",
        "terms": {"match_lists": [{"key": "channel", "values": ["web"]}]},
    }  # fmt: skip
    decision = {
        "rule": {"rule_id": "rule-2", "name": "High amounts", "version": 3}, "pairs": [NEXI],
        "left_out": [ADYEN],
        "passed_over": [passed, passed | {"seen": "missing", "value": None}],
    }  # fmt: skip
    gateway.play("POST", EVALUATIONS, {"decisions": [decision]})
    asked = {
        "ask": "1", "currency": "EUR", "amount": "1.234,5", "channel": "web", "type": "DIRECT",
        "other-0-path": "basket/quantity", "other-0-kind": "number", "other-0-values": "1,5",
        "other-1-path": "is_new", "other-1-kind": "bool", "other-1-values": "No",
    }  # fmt: skip
    async with person(gateway, UserRole.VIEWER, language="it") as viewer:
        form = (await viewer.get(TRY)).text
        page = (await viewer.get(TRY, params=asked)).text
        await viewer.get(TRY, params={"ask": "1"})
        taken = await viewer.get(TRY, params=asked | {"other-1-path": "basket/quantity/of"})
        wrong = await viewer.get(TRY, params=asked | {"amount": "1.5", "other-0-values": "x"})
    first, second = sent(gateway, "POST", EVALUATIONS)
    assert first.body == {
        "context": {
            "currency": "EUR", "amount_minor": 123450, "channel": "web", "type": "DIRECT",
            "basket": {"quantity": 1.5}, "is_new": False,
        },
        "trial": True,
    }  # fmt: skip
    assert second.body == {"context": {}, "trial": True}, "a checkout of which nothing is known"
    assert "rule-2" not in form
    said = text_of(page)
    for each in (
        "High amounts , versione 3", "1. Nexi / Carta di credito", "Adyen / Carta di credito",
        'Canale è uno tra web "10"', "Canale è uno tra web mancante",
    ):  # fmt: skip
        assert each in said, each
    assert "Channel is one of" not in said
    assert "Decided at" not in said
    assert "<script>alert" not in page
    assert (taken.status_code, "un altro valore" in taken.text) == (422, True)
    assert wrong.text.count('aria-invalid="true"') == 2


def some_flows(sides: int) -> list[Flow]:
    return [
        Flow(f"From {before}", f"To {after}", 1, 100 * (before + 1) + after)
        for before in range(sides)
        for after in range(sides)
    ]


@pytest.mark.parametrize("sides", [1, 2, BARS_MAX, BARS_MAX + 5])
def test_every_amount_is_in_the_picture_and_no_bar_lies_in_another(sides: int) -> None:
    picture = drawn(some_flows(sides), "EUR", Words("en"))
    for side in (picture.before, picture.after):
        assert len(side) == min(sides, BARS_MAX)
        assert sum(bar.height for bar in side) >= BARS_HEIGHT - 0.01
        assert side[0].y == HEAD
        for above, below in pairwise(side):
            assert below.y == pytest.approx(above.y + above.height + HEAD)
        assert picture.height >= side[-1].y + side[-1].height
    assert len(picture.ribbons) == min(sides, BARS_MAX) ** 2
    if sides > BARS_MAX:
        assert picture.before[-1].label == "Others"


def test_what_stays_is_told_apart_from_what_changes() -> None:
    stays, goes = Flow("A", "A", 5, 500), Flow("A", "B", 1, 100)
    picture = drawn([stays, goes], "EUR", Words("en"))
    assert [each.colour for each in picture.ribbons] == ["flow-stays", "series-1"]
    assert picture.ribbons[1].title == "A → B: €1.00"
    assert (stays.stays, goes.stays) == (True, False)


def test_payments_of_nothing_make_no_picture() -> None:
    assert drawn([Flow("A", "B", 3, 0)], "EUR", Words("en")).ribbons == []
