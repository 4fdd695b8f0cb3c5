"""The pages of subscriptions: the list, what a page says in each state, and cancellations."""

from typing import Any

import orjson
import pytest

from payops_kernel.auth.principals import UserRole
from payops_kernel.http.responses import JsonResponse
from payops_testing.backoffice.payment_gateway import HeldGateway
from payops_testing.backoffice.people import DIALOG, fields_of, person, text_of
from payops_testing.backoffice.played_gateway import PlayedGateway
from payops_testing.subscriptions.builders import UTC_RULES, at
from payops_testing.subscriptions.lives import LIVES, life
from payops_testing.transactions.payments_of_all_kinds import bare, rich
from subscriptions.api.presenting import subscription_detail

ID, PATH = "SUB-1", "/subscriptions/SUB-1"
RESOURCE = "/v1/subscriptions/SUB-1"
COUNTED = {"next": None, "previous": None, "from": 1, "to": 1, "total": 1, "total_is_capped": False}
PAYMENT = {
    "transaction_id": "ORD-1", "created_at": "2026-03-01T10:00:00Z", "amount_minor": 999,
    "currency": "EUR", "status": "PAID", "refunded_minor": 0, "period_on": "2026-03-01",
    "failure": None, "counted": True, "note": None,
}  # fmt: skip
EVENT = {
    "occurred_at": "2026-03-01T10:00:00Z", "event": "subscription_created", "status": "CREATED",
    "applied": True, "note": None, "transaction_id": None, "period_on": None,
    "amount_minor": None, "actor": None, "reason": None,
}  # fmt: skip
YES = {"allowed": True, "why_not": None}


def no(why: str) -> dict[str, Any]:
    return {"allowed": False, "why_not": why}


def detail(**parts: Any) -> dict[str, Any]:
    """An answer of the service's: a monthly subscription that is paid for."""
    renewal = YES | {"effective_on": "2026-04-01", "says": []}
    said: dict[str, Any] = {
        "subscription_id": ID, "created_at": "2026-03-01T10:00:00Z", "status": "ACTIVE",
        "end_reason": None, "started_at": "2026-03-01T10:00:00Z", "ended_at": None,
        "provider": "stripe", "method": "credit-cards", "billing": "hub", "description": "Gym",
        "user": {"id": "u-1", "name": "Ada Byron", "email": "ada@example.com", "phone": None},
        "amount_minor": 999, "currency": "EUR", "failures": 0, "failures_max": 4, "failure": None,
        "recurrence": {
            "interval": "MONTH", "interval_count": 3, "anchor_on": "2026-03-01",
            "payments_max": 12, "expires_on": None, "next_payment_on": "2026-04-01",
            "payments_made": 1, "payments_left": 11,
        },
        "payment_dates": [
            {"period_on": f"2026-0{month}-01", "due_at": f"2026-0{month}-01T00:00:00Z"}
            for month in (4, 5)
        ],
        "retry_at": None, "paid_minor": 999, "refunded_minor": 0, "missed": [], "flags": [],
        "cancellation": None, "payments": [PAYMENT], "payments_count": 1, "history": [EVENT],
        "whats_next": [
            {"at": "2026-03-31T22:00:00Z", "on": None, "what": "payment", "text": "-"}
        ],
        "cancelling": YES | {
            "at_renewal": renewal, "now": YES | {"says": []}, "undo": no("There is none."),
        },
        "version": 3,
    }  # fmt: skip
    return said | parts


ON_HOLD = detail(
    status="ON_HOLD", failures=2, failure={"code": "51", "message": "Insufficient funds"},
    retry_at="2026-03-20T09:00:00Z", missed=["2026-03-08", "2026-03-15"],
    whats_next=[{"at": "2026-03-20T09:00:00Z", "on": None, "what": "retry", "text": "-"}],
)  # fmt: skip
CANCELLED = detail(
    cancellation={
        "effective_on": "2026-04-01", "requested_at": "2026-03-02T10:00:00Z", "by": "ben",
        "reason": "Moves away",
    },
    cancelling=no("It ends already.") | {
        "at_renewal": no("It ends already.") | {"effective_on": None, "says": []},
        "now": no("It ends already.") | {"says": []}, "undo": YES,
    },
    whats_next=[{"at": "2026-03-31T22:00:00Z", "on": None, "what": "cancellation", "text": "-"}],
)  # fmt: skip
ENDED = detail(
    status="NOT_ACTIVE", end_reason="PAYMENT_METHOD_REVOKED", ended_at="2026-03-09T10:00:00Z",
    whats_next=[], payment_dates=[],
    cancelling=no("It is Not Active already.") | {
        "at_renewal": no("-") | {"effective_on": None, "says": []},
        "now": no("-") | {"says": []}, "undo": no("-"),
    },
)  # fmt: skip

LIVES_SAY = {
    "new": ("Nothing was paid yet.", "Non è ancora stato pagato nulla."),
    "active": ("It is paid for.", "È in regola con i pagamenti."),
    "asked": ("The payment of 1 Feb 2026 is requested", "Il pagamento del 1 feb 2026"),
    "on_hold": ("Payment attempt 3 of 4", "Tentativo di pagamento 3 di 4"),
    "missed": ("Missed periods 15 Jan 2026", "Periodi saltati 15 gen 2026"),
    "cancelling": ("Cancels on 1 Feb 2026", "Termina il 1 feb 2026"),
    "cancelled": ("It has ended. Cancelled.", "È terminato. Annullato."),
    "aborted": ("It has ended. Aborted: its payments failed.", "i pagamenti sono falliti."),
    "ended_elsewhere": ("A payment was taken after it had ended.", "dopo la fine."),
}
"""Of each life of the service's own tests a sentence of its page, in English and in Italian."""


def held(said: dict[str, Any], *payments: Any, away: str | None = None) -> PlayedGateway:
    """A gateway with one subscription."""
    gateway = PlayedGateway()
    partial = [{"service": away, "detail": "It did not answer in time."}] if away else []
    picture = {"subscription": said, "payments": payments, "partial": partial}
    gateway.play("GET", f"{RESOURCE}/picture", picture)
    gateway.play("GET", RESOURCE, said)
    return gateway


async def html_of(
    gateway: Any, path: str = PATH, role: UserRole = UserRole.OPERATOR, language: str = "en"
) -> str:
    async with person(gateway, role, language=language) as reader:
        answer = await reader.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text


async def page_of(gateway: Any, **asked: Any) -> str:
    return text_of(await html_of(gateway, **asked)).replace("\N{NO-BREAK SPACE}", " ")


async def test_a_page_has_what_the_document_wants_and_the_way_to_each_payment() -> None:
    html = await html_of(held(detail()))
    assert html.count('href="/transactions/ORD-1"') == 2  # the ID, and the arrow beside it
    page = text_of(html)
    for said in (
        "€9.99 Active", "Subscription ID SUB-1", "Subscription date (Rome) (UTC) 1 Mar 2026 11:00",
        "Provider Stripe Method Credit card", "Billing PayOps requests each payment",
        "Recurrence period 3 Interval Month Next payment date 1 Apr 2026 Expiration date -",
        "Payments made 1 Payments left 11", "It is paid for.", "PayOps requests the payment",
        "ORD-1", "1 May 2026", "Ada Byron", "Subscription created", "Cancel subscription",
    ):  # fmt: skip
        assert said in page, said
    for absent in ("Undo cancellation", "Reason", "Missed periods", "Refunded Failure"):
        assert absent not in page, absent


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (ON_HOLD, (
            "On Hold", "Its last payment failed: Insufficient funds",
            "That was attempt 2 of 4.", "Payment attempt 3 of 4",
            "Missed periods 8 Mar 2026, 15 Mar 2026",
        )),
        (CANCELLED, (
            "Cancels on 1 Apr 2026", "It ends, because it was cancelled", "ben", "Moves away",
            "Until it ends, the cancellation can be undone.", "Undo cancellation",
        )),
        (ENDED, (
            "Not Active", "Reason Aborted: the payment method was revoked",
            "It has ended. Aborted: the payment method was revoked.", "It is Not Active already.",
        )),
        (detail(status="CREATED", started_at=None, billing="provider"), (
            "Created", "Nothing was paid yet.", "First payment",
        )),
        (detail(billing="provider"), ("The provider takes the payment",)),
    ],
)  # fmt: skip
async def test_each_state_says_where_it_stands_why_and_what_comes(
    answer: dict[str, Any], says: tuple[str, ...]
) -> None:
    page = await page_of(held(answer))
    for said in says:
        assert said in page, said


@pytest.mark.parametrize("name", LIVES)
async def test_every_life_of_the_service_has_its_page_and_its_dialog_in_both_languages(
    name: str,
) -> None:
    says, italian = LIVES_SAY[name]
    shown = subscription_detail(life(name, subscription_id=ID), UTC_RULES, at("2026-02-03"))
    gateway = held(orjson.loads(JsonResponse(shown).body))
    assert says in await page_of(gateway)
    assert italian in await page_of(gateway, language="it")
    await html_of(gateway, path=f"{PATH}/cancellation")
    await html_of(gateway, path=f"{PATH}/undo")


async def test_a_payment_that_is_asked_for_is_said_with_its_day_and_flags_say_what_to_do() -> None:
    asked = EVENT | {"event": "payment_requested", "period_on": "2026-04-01", "amount_minor": 999}
    comes = [{"at": "2026-04-01T00:00:00Z", "on": None, "what": "answer", "text": "-"}]
    flags = ["UNANSWERED", "OVERPAID", "PAID_AFTER_END", "OTHER_CURRENCY", "ONE_OF_TOMORROW"]
    answer = detail(whats_next=comes, history=[asked, EVENT], flags=flags)
    page = await page_of(held(answer))
    for said in (
        "The payment of 1 Apr 2026 is requested, and not answered yet.",
        "Payment requested €9.99 Asked for", "for 1 Apr 2026",
        "It is asked for again as the same payment", "It was paid more often than owed.",
        "A payment was taken after it had ended.", "in another currency", "ONE_OF_TOMORROW",
    ):  # fmt: skip
        assert said in page, said


async def test_payments_stand_as_transactions_knows_them_else_as_the_subscription_does() -> None:
    now = {"transaction_id": "ORD-1", "status": "PARTIALLY_REFUNDED", "total_refunded_minor": 500}
    page = await page_of(held(detail(), now))
    assert "Partially Refunded" in page
    assert "€5.00" in page
    page = await page_of(held(detail(), away="transactions"))
    assert "Transactions does not answer. Payments are shown as the subscription knows them" in page
    assert "ORD-1" in page
    assert "Partially Refunded" not in page


async def test_more_payments_than_the_newest_are_paged() -> None:
    gateway = held(detail(payments_count=240))
    listed = COUNTED | {"items": [PAYMENT], "total": 240, "to": 50, "next": "c-2"}
    gateway.play("GET", f"{RESOURCE}/payments", listed)
    html = await html_of(gateway)
    assert "Showing 1-50 of 240" in text_of(html)
    assert f'href="{PATH}?cursor=c-2#section-history"' in html
    await html_of(gateway, path=f"{PATH}?cursor=c-2")
    asked = [each.query for each in gateway.asked if each.path.endswith("/payments")]
    assert asked == [{"limit": 50}, {"limit": 50, "cursor": "c-2"}]


async def test_of_very_many_events_the_newest_are_shown_and_the_others_counted() -> None:
    page = await page_of(held(detail(history=[EVENT] * 203)))
    assert "3 older events are not shown" in page
    assert page.count("Subscription created") == 200


async def test_a_viewer_is_told_who_cancels_and_gets_no_form() -> None:
    gateway = held(detail())
    async with person(gateway, UserRole.VIEWER) as viewer:
        html = (await viewer.get(PATH)).text
        assert f'href="{PATH}/cancellation"' not in html
        assert "Operators can do this" in text_of(html)
        for below in ("cancellation", "undo"):
            assert (await viewer.get(f"{PATH}/{below}")).status_code == 403


async def test_the_dialog_says_what_follows_from_each_way_and_presets_the_renewal() -> None:
    gateway = held(ON_HOLD)
    html = await html_of(gateway, path=f"{PATH}/cancellation")
    assert 'value="renewal" checked' in html
    page = text_of(html)
    for said in (
        "No more payments of €9.99 are taken from then on.", "At its renewal, on 1 Apr 2026",
        "What is owed already is tried again until then.",
        "It ends on 1 Apr 2026, before that day's payment. Until then this can be undone.",
        "What is owed is not tried again.", "It ends now, and cannot be taken up again.",
    ):  # fmt: skip
        assert said in page, said
    late = ON_HOLD | {"retry_at": "2026-04-01T00:00:00Z"}
    page = text_of(await html_of(held(late), path=f"{PATH}/cancellation"))
    assert "tried again until then" not in page
    created = detail(status="CREATED")
    created["cancelling"]["at_renewal"] = no("There is no renewal yet.") | {"effective_on": None}
    html = await html_of(held(created), path=f"{PATH}/cancellation")
    assert 'value="now" checked' in html
    assert "There is no renewal yet." in text_of(html)
    assert "It is Not Active already." in await page_of(held(ENDED), path=f"{PATH}/cancellation")


@pytest.mark.parametrize("at", ["renewal", "now"])
async def test_a_cancellation_without_script_is_asked_for_once_under_the_forms_key(at: str) -> None:
    gateway = held(detail())
    gateway.play("POST", f"{RESOURCE}/cancellation", {"status": "ACTIVE"})
    async with person(gateway, UserRole.OPERATOR) as operator:
        form = fields_of((await operator.get(f"{PATH}/cancellation")).text) | {"at": at}
        address = f"{PATH}/cancellation"
        unsaid = await operator.post(address, data=form | {"reason": " "}, headers=DIALOG)
        assert (unsaid.status_code, "Say why" in text_of(unsaid.text)) == (422, True)
        assert f'value="{at}" checked' in unsaid.text
        answer = await operator.post(address, data=form | {"reason": " Moves away "})
        assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    (asked,) = [each for each in gateway.asked if each.method == "POST"]
    assert asked.headers["idempotency-key"] == form["key"]
    assert asked.body == {"at": at, "reason": "Moves away"}


async def test_a_cancellation_is_undone_once_and_what_happened_meanwhile_is_said() -> None:
    gateway = held(CANCELLED)
    async with person(gateway, UserRole.OPERATOR) as operator:
        shown = (await operator.get(f"{PATH}/undo")).text
        assert "€9.99 falls due on 1 Apr 2026" in text_of(shown)
        gateway.play("DELETE", f"{RESOURCE}/cancellation", {"status": "ACTIVE"})
        answer = await operator.post(f"{PATH}/undo", data=fields_of(shown))
        assert (answer.status_code, answer.headers["location"]) == (303, PATH)
        said = {"code": "not_cancelled", "detail": "There is no cancellation to withdraw."}
        gateway.play("DELETE", f"{RESOURCE}/cancellation", said, status=409)
        answer = await operator.post(f"{PATH}/undo", data=fields_of(shown))
        assert (answer.status_code, said["detail"] in text_of(answer.text)) == (409, True)
    asked = [each for each in gateway.asked if each.method == "DELETE"]
    assert {each.headers["idempotency-key"] for each in asked} == {fields_of(shown)["key"]}


async def test_the_list_shows_states_and_when_a_cancelled_one_ends_in_both_languages() -> None:
    row = {
        "subscription_id": ID, "created_at": "2026-03-01T10:00:00Z", "status": "ACTIVE",
        "end_reason": None, "amount_minor": 999, "currency": "EUR", "method": "credit-cards",
        "provider": "stripe", "next_payment_on": None, "cancels_on": "2026-04-01",
        "billing": "hub", "user_id": "u-1", "user_name": "Ada Byron", "retry_at": None,
        "version": 3,
    }  # fmt: skip
    gateway = PlayedGateway()
    gateway.play("GET", "/v1/subscriptions", {"items": [row], **COUNTED})
    gateway.play("GET", "/v1/saved-views", {"items": []})
    html = await html_of(gateway, path="/subscriptions?status=ACTIVE")
    assert f'href="{PATH}"' in html
    page = text_of(html)
    for said in (
        "Active Cancels on 1 Apr 2026", "1 Mar 2026 11:00", "€9.99", "Credit card", "Stripe",
        "Showing 1-1 of 1",
    ):  # fmt: skip
        assert said in page, said
    assert "Attivo Termina il 1 apr 2026" in await page_of(
        gateway, path="/subscriptions", language="it"
    )


async def test_a_payment_has_its_subscription_and_the_way_to_it() -> None:
    gateway = HeldGateway(rich(), bare())
    gateway.subscriptions["sub-1"] = {
        "subscription_id": "sub-1", "created_at": "2026-03-01T10:00:00Z", "status": "ON_HOLD",
        "end_reason": None, "amount_minor": 999, "currency": "EUR", "interval": "MONTH",
        "interval_count": 3, "next_payment_on": "2026-04-01", "cancels_on": None,
    }  # fmt: skip
    html = await html_of(gateway, path="/transactions/rich")
    assert html.count('href="/subscriptions/sub-1"') == 3
    said = "On Hold Amount €9.99 Recurrence period 3 Interval Month Next payment date 1 Apr 2026"
    assert said in text_of(html)
    assert "section-subscription" not in await html_of(gateway, path="/transactions/bare")
    gateway.away.add("subscriptions")
    html = await html_of(gateway, path="/transactions/rich")
    assert "Subscriptions does not answer." in text_of(html)
    gateway.away.clear()
    gateway.subscriptions.clear()
    html = await html_of(gateway, path="/transactions/rich")
    assert "No such subscription is known here." in text_of(html)
    assert 'data-action="subscription"' not in html
