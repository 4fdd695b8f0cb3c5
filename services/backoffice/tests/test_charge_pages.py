"""The pages of a charge and of its debits: what the service answers, in words, in two languages."""

import re
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from backoffice.pages.charges.exceptions import SAID
from backoffice.pages.charges.history import LOOKS
from backoffice.pages.charges.next_steps import WHY_NOT
from billing_debits.api.dispute import dispute_context
from billing_debits.api.presenting import attempt_detail, charge_detail
from billing_debits.domain.charge import Charge
from billing_debits.domain.collecting import miss, take_into
from billing_debits.domain.facts import EndKind, Failure, InitialAttempt, ResultKind
from billing_debits.domain.folding import fold
from billing_debits.domain.policies import STANDARD, WhyNot
from billing_debits.domain.rails import RAILS
from payops_contracts.charges import ChargeException, ChargeHistoryEvent, Rail
from payops_contracts.ids import BatchCode
from payops_kernel.http.responses import JsonResponse
from payops_testing.backoffice.people import person, text_of
from payops_testing.backoffice.played_gateway import PlayedGateway
from payops_testing.billing_debits.builders import (
    a_charge,
    at,
    debit_id,
    debited,
    ended,
    folded,
    raised_fact,
    result,
    rules,
)

HOSTILE = "<script>alert(1)</script> %(amount)s {{ 7*7 }}"
BATCH = BatchCode("MB-260301-1100")
GOOD, BAD, BACK = ResultKind.SUCCEEDED, ResultKind.FAILED, ResultKind.REVERSED


def json_of(answer: Any) -> Any:
    return orjson.loads(JsonResponse(answer).body)


async def page_of(charge: Charge, language: str = "en") -> str:
    gateway = PlayedGateway()
    gateway.play("GET", f"/v1/charges/{charge.id}", json_of(charge_detail(charge)))
    context = dispute_context(charge, [], None, True)
    gateway.play("GET", f"/v1/charges/{charge.id}/dispute-context", json_of(context))
    async with person(gateway, language=language) as reader:
        answer = await reader.get(f"/charges/{charge.id}")
        assert answer.status_code == 200, answer.text
        return answer.text


async def attempt_page(charge: Charge, number: int) -> str:
    gateway, attempt = PlayedGateway(), charge.attempts[number - 1]
    path = f"/debit-attempts/{attempt.debit_id}"
    gateway.play("GET", f"/v1{path}", json_of(attempt_detail(charge, attempt)))
    async with person(gateway) as reader:
        answer = await reader.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text


def section(html: str, name: str) -> str:
    """The words of one section of a page."""
    found = re.search(rf'<section[^>]*"section-{name}">(.*?)</section>', html, re.DOTALL)
    return text_of(found[1]) if found else ""


def failed(code: str = "insufficient_funds", **raised: Any) -> Charge:
    """A charge whose first debit failed."""
    charge = a_charge(**raised)
    take_into(charge, BATCH, at())
    charge = debited(charge, at(hours=1), BATCH)
    return folded(result(BAD, 1, at(hours=2), code), on=charge)


def used_up() -> Charge:
    charge, day = failed(), 2
    for number in range(2, len(STANDARD.delays) + 2):
        charge = debited(charge, at(day))
        charge = folded(result(BAD, number, at(day, 1)), on=charge)
        day += 8
    return charge


def gone_back(rail_reopens: bool = True) -> Charge:
    charge = folded(result(GOOD, 1, at(hours=2)), on=debited(a_charge(), at(hours=1)))
    policy = rules(STANDARD._replace(reopens=rail_reopens))
    return fold(charge, result(BACK, 1, at(3)), policy, at(3))


def unanswered() -> Charge:
    charge = debited(a_charge(), at(hours=1), BATCH)
    miss(charge, debit_id(1), at(1))
    return charge


def withdrawn_in_flight() -> Charge:
    return folded(ended(when=at(hours=2)), on=debited(a_charge(), at(hours=1)))


STORIES: dict[str, tuple[Callable[[], Charge], tuple[str, ...]]] = {
    "pending": (a_charge, ("It has not been debited yet",)),
    "submitted": (
        lambda: debited(a_charge(), at(hours=1)),
        ("The processor was asked to debit US$3.23", "no other debit is sent"),
    ),
    "temp rejected": (
        failed,
        (
            "Retry 1 of 3 US$3.23",
            "2 Mar 2026 19:00",  # due at 12:00 in Rome, collected at 18:00 UTC
            "Debit 1 failed: insufficient_funds",
            "as retry 1 of 3, by the policy standard (version 1)",
            "insufficient_funds is one that another day may mend",
            RAILS[Rail.CARD].source,
        ),
    ),
    "unknown code": (lambda: failed("Z99"), ("Nobody has said yet what follows the code Z99",)),
    "hard decline": (
        lambda: failed("account_closed"),
        ("the code account_closed is final", "US$3.23 is still owed."),
    ),
    "used up": (used_up, ("(version 1) allows 3 retries, and they are used up",)),
    "unanswered": (unanswered, ("No result has arrived of the last debit", "cannot be debited")),
    "withdrawal pending": (withdrawn_in_flight, ("If this debit fails, it ends",)),
    "withdrawn": (
        lambda: folded(ended(), on=a_charge()),
        ("Settlement wants it no longer: Withdrawn", "It is not debited any more."),
    ),
    "settled otherwise": (
        lambda: folded(ended(EndKind.SETTLED), on=a_charge()),
        ("Settlement wants it no longer: Settled otherwise",),
    ),
    "finalized": (
        lambda: folded(result(GOOD, 1, at(hours=2)), on=debited(a_charge(), at(hours=1))),
        ("US$3.23 is collected. Nothing more is debited.",),
    ),
    "reopened": (gone_back, ("Debit 1 went back: insufficient_funds", "It is tried again")),
    "reversed": (
        lambda: gone_back(rail_reopens=False),
        ("does not reopen a charge whose debit went back",),
    ),
}


@pytest.mark.parametrize("story", STORIES)
async def test_what_happens_next_says_why_and_when_or_why_not(story: str) -> None:
    made, said = STORIES[story]
    after = section(await page_of(made()), "next")
    assert [each for each in said if each not in after] == [], after


@pytest.mark.parametrize("story", STORIES)
async def test_it_says_the_same_in_italian(story: str) -> None:
    made, _ = STORIES[story]
    charge = made()
    english, italian = [section(await page_of(charge, each), "next") for each in ("en", "it")]
    assert italian.startswith("Cosa succede ora")
    assert not {"It is", "Settlement", "The ", "Debit", "retry"} & set(
        re.findall(r"It is|Settlement|The |Debit|retry", italian)
    ), (english, italian)


def test_every_reason_event_and_exception_has_its_words() -> None:
    assert set(WHY_NOT) == {each.value for each in WhyNot}
    assert set(SAID) == set(ChargeException)
    assert set(ChargeHistoryEvent) - set(LOOKS) == {ChargeHistoryEvent.RESTORED}


async def test_the_sections_say_who_owes_what_and_how_it_was_tried() -> None:
    charge = failed(rate_ppm=220_000)
    page = await page_of(charge)
    assert "mPass Number MP-1 User ID user-1 User name Duong Le" in section(page, "member")
    assert section(page, "money").startswith("Money Amount US$3.23 Net amount US$2.65 Tax US$0.58")
    assert "22.00% US$2.65 US$0.58 US$3.23" in section(page, "tax-lines")
    overview = section(page, "overview")
    assert "Billing Cycle Code 20260301 Batch Code MB-260301-1100" in overview
    assert "Type End of Billing Cycle" in overview
    attempts = section(page, "attempts")
    assert "1 CH-1-1 Temp rejected" in attempts
    assert "insufficient_funds" in attempts
    assert 'href="/debit-attempts/CH-1-1"' in page
    assert "Retry Count 1 of 3 Retries left 2" in section(page, "retries")
    assert "Retries left 0" in section(await page_of(failed("account_closed")), "retries")
    assert "1 di 3" in section(await page_of(charge, "it"), "retries")


async def test_the_history_has_every_step_with_who_and_what_moved() -> None:
    charge = gone_back()
    history = section(await page_of(charge), "history")
    for said in ("Debit reversed", "-US$3.23", "Debit succeeded", "Debit submitted", "system"):
        assert said in history
    assert history.index("Debit reversed") < history.index("Charge raised")


async def test_what_a_person_has_to_settle_stands_above_everything() -> None:
    page = text_of(await page_of(unanswered()))
    assert "No result has arrived of a debit of US$3.23. It may have been collected." in page
    charge = folded(result(GOOD, 9), on=a_charge())
    assert "A debit of US$3.23 succeeded that nobody asked for." in text_of(await page_of(charge))


async def test_words_of_others_are_text_and_nothing_else() -> None:
    said = result(BAD, 1, at(hours=2), failure=Failure("insufficient_funds", HOSTILE))
    charge = debited(a_charge(description=HOSTILE), at(hours=1))
    page = await page_of(folded(said, on=charge))
    assert "<script>alert" not in page
    assert f"Debit 1 failed: {HOSTILE}" in section(page, "next")


async def test_an_attempt_has_its_moves_its_charge_and_its_next_retry() -> None:
    charge = failed()
    page = await attempt_page(charge, 1)
    assert 'href="/charges/CH-1"' in page
    assert "Debit failed" in section(page, "history")
    assert "Charge raised" not in section(page, "history")
    assert "Retry count 1 of 3 Next retry (Rome) (UTC) 2 Mar 2026 19:00" in section(page, "retries")
    charge = debited(charge, at(2))
    assert "Next retry (Rome) (UTC) -" in section(await attempt_page(charge, 1), "retries")


async def test_settlements_own_attempt_says_so_in_place_of_moves() -> None:
    initial = InitialAttempt(debit_id(1), at(), succeeded=True, failure=None)
    page = await attempt_page(folded(raised_fact(initial)), 1)
    assert "Settlement made this attempt" in section(page, "history")


async def test_a_charge_that_is_not_there_is_said_to_be() -> None:
    async with person(PlayedGateway()) as reader:
        for path in ("/charges/CH-9", "/debit-attempts/TX-9"):
            assert (await reader.get(path)).status_code == 404
