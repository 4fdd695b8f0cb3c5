"""Answers about debits as they go over the wire."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from analytics.api.presenting import compared, fresh, head, of_currency, tally, window_out
from analytics.domain.debit_facts import (
    BY_NUMBER,
    FAILED,
    MONEY,
    OUTCOMES,
    REASON,
    RECOVERED,
    REVERSED,
    SUCCEEDED,
)
from analytics.domain.lines import LINES_MAX, Totals
from analytics.domain.payment_facts import NOTHING, PaymentTotals
from analytics.domain.percentages import hundredths, rate_percent
from analytics.use_cases.read_debits import DebitsToday, Exposure, Repeats
from analytics.use_cases.read_kpis import KpiResult, total_of
from payops_contracts.charges import Rail
from payops_contracts.labels import RAIL, label
from payops_contracts.rails import RETURNABLE

Body = dict[str, Any]

MONEY_LABELS = ("Charged", "Collected", "Outstanding", "Tax retained")
MONEY_VALUES = ("charged", "collected", "outstanding", "tax")
NO_REASON, NO_BATCH, OTHERS, FIRST = "No reason given", "-", "Others", "First attempt"


class Outcomes(NamedTuple):
    """Attempts by outcome."""

    attempts: PaymentTotals = NOTHING
    succeeded: PaymentTotals = NOTHING
    failed: PaymentTotals = NOTHING
    reversed: PaymentTotals = NOTHING

    def plus(self, other: "Outcomes") -> "Outcomes":
        """Both together."""
        return Outcomes(*(one.plus(two) for one, two in zip(self, other, strict=True)))


def debits_by_day_body(answer: KpiResult) -> Body:
    """A ``DebitsByDayOut``."""
    (found,), days = answer.found, answer.window.days()

    def currency(name: str) -> Body:
        now, before = of_currency(found.now, name), of_currency(found.before, name)

        def line(place: int) -> Body:
            part = MONEY[place].by
            of_days = [now.get((part, None, day), NOTHING) for day in days]
            total = total_of(of_days)
            return {
                "value": MONEY_VALUES[place],
                "label": MONEY_LABELS[place],
                "is_others": False,
                "total": tally(total),
                "previous": compared(total, before.get((part, None), NOTHING)),
                "counts": [each.payments for each in of_days],
                "amounts_minor": [each.amount_minor for each in of_days],
            }

        lines = [line(place) for place in range(len(MONEY))]
        totals = {each: lines[0][each] for each in ("total", "previous")}
        return {"currency": name, **totals, "lines": lines}

    return {**_of(answer, currency), "by": "money", "days": days}


def debit_success_body(answer: KpiResult) -> Body:
    """A ``DebitSuccessOut``."""
    (found,), days = answer.found, answer.window.days()

    def currency(name: str) -> Body:
        by_day: dict[str | None, Outcomes] = {}
        for (part, _, day), totals in of_currency(found.now, name).items():
            _add(by_day, day, part or "", totals)
        before: dict[str | None, Outcomes] = {}
        for (part, _), totals in of_currency(found.before, name).items():
            _add(before, None, part or "", totals)
        return {
            "currency": name,
            **_together(by_day.values(), before.values()),
            "days": [{"day": day, **_outcomes(by_day.get(day, Outcomes()))} for day in days],
        }

    return _of(answer, currency)


def debits_by_part_body(what: str, answer: KpiResult) -> Body:
    """A ``DebitsByPartOut``: by number in their order, by batch the largest amount first."""
    (found,) = answer.found

    def currency(name: str) -> Body:
        now, before = (_by_word(of_currency(period, name)) for period in (found.now, found.before))
        words = sorted(now.keys() | before.keys(), key=_ranked(what, now))
        shown, rest = words[:LINES_MAX], words[LINES_MAX:]
        parts = [
            _part(word, _named(what, word), now.get(word, Outcomes()), before.get(word, Outcomes()))
            for word in shown
        ]
        if rest:
            both = (_sum(of[word] for word in rest if word in of) for of in (now, before))
            parts.append(_part(None, OTHERS, *both) | {"is_others": True})
        return {
            "currency": name, **_together(now.values(), before.values()), "parts": parts
        }  # fmt: skip

    return {**_of(answer, currency), "by": what}


def debits_recovered_body(answer: KpiResult) -> Body:
    """A ``DebitsRecoveredOut``."""
    (found,) = answer.found

    def currency(name: str) -> Body:
        now, before = (
            {
                int(number or 0) - 1: _kept(outcomes)
                for number, outcomes in _by_word(of_currency(period, name)).items()
                if number != "1" and _kept(outcomes) != NOTHING
            }
            for period in (found.now, found.before)
        )
        retries = sorted(now.keys() | before.keys())
        shares = hundredths([now.get(retry, NOTHING).payments for retry in retries])
        total = total_of(now.values())
        return {
            "currency": name,
            "total": tally(total),
            "previous": compared(total, total_of(before.values())),
            "parts": [
                {
                    "value": str(retry),
                    "label": f"Retry {retry}",
                    "is_others": False,
                    **tally(now.get(retry, NOTHING)),
                    "percentage": share / 100,
                    "previous": compared(now.get(retry, NOTHING), before.get(retry, NOTHING)),
                }
                for retry, share in zip(retries, shares, strict=True)
            ],
        }

    return {**_of(answer, currency), "by": "retry"}


def _kept(outcomes: Outcomes) -> PaymentTotals:
    """What succeeded and did not go back."""
    succeeded, back = outcomes.succeeded, outcomes.reversed
    return PaymentTotals(
        succeeded.payments - back.payments, succeeded.amount_minor - back.amount_minor
    )


def debit_reasons_body(answer: KpiResult) -> Body:
    """A ``DebitReasonsOut``."""
    (found,) = answer.found

    def currency(name: str) -> Body:
        now, before = of_currency(found.now, name), of_currency(found.before, name)
        codes = {word for part, word in (*now, *before) if part == REASON}
        ranked = sorted(
            codes,
            key=lambda code: (-now.get((REASON, code), NOTHING).amount_minor, code or ""),
        )
        shown, rest = ranked[:LINES_MAX], ranked[LINES_MAX:]
        groups = [[code] for code in shown] + ([rest] if rest else [])
        rows = [_reason(codes, now, before) for codes in groups]
        for row, share in zip(rows, hundredths([row["count"] for row in rows]), strict=True):
            row["percentage"] = share / 100
        total = total_of([now.get((REASON, code), NOTHING) for code in codes])
        gone = total_of([before.get((REASON, code), NOTHING) for code in codes])
        return {
            "currency": name,
            "total": tally(total),
            "previous": compared(total, gone),
            "reasons": rows,
        }

    return _of(answer, currency)


def _reason(codes: Sequence[str | None], now: Totals, before: Totals) -> Body:
    """Of one code, or of all the others."""

    def of(part: str, period: Totals) -> PaymentTotals:
        return total_of([period.get((part, code), NOTHING) for code in codes])

    failed, recovered = of(REASON, now), of(RECOVERED, now)
    is_others = len(codes) > 1
    return {
        "reason": None if is_others else codes[0],
        "label": OTHERS if is_others else codes[0] or NO_REASON,
        "is_others": is_others,
        **tally(failed),
        "recovered": tally(recovered),
        "success_percent": rate_percent(recovered.payments, failed.payments),
        "previous": compared(failed, of(REASON, before)),
    }


def debit_exposure_body(answer: Exposure) -> Body:
    """A ``DebitExposureOut``."""
    return {
        **fresh(answer),
        "at": answer.at,
        "currencies": [
            {
                "currency": currency,
                "total": tally(total_of(rails.values())),
                "rails": [
                    {
                        "rail": rail,
                        "label": label(RAIL, rail),
                        "returnable_days": RETURNABLE[rail].days,
                        **tally(rails.get(rail, NOTHING)),
                    }
                    for rail in Rail
                ],
            }
            for currency, rails in sorted(answer.rails.items())
        ],
    }


def repeated_failures_body(answer: Repeats, at_least: int) -> Body:
    """A ``RepeatedFailuresOut``."""
    ranked = sorted(
        answer.found,
        key=lambda each: (each.currency, -each.totals.payments, -each.totals.amount_minor),
    )
    return {
        **fresh(answer),
        "window": window_out(answer.window, None),
        "at_least": at_least,
        "currencies": [
            {
                "currency": currency,
                "repeats": [
                    {
                        "of": each.of,
                        "value": each.value,
                        "reason": each.reason,
                        "label": each.reason or NO_REASON,
                        **tally(each.totals),
                        "first_day": each.first_day,
                        "last_day": each.last_day,
                    }
                    for each in found
                ],
            }
            for currency, found in groupby(ranked, key=lambda each: each.currency)
        ],
    }


def debits_today_body(answer: DebitsToday) -> Body:
    """A ``DebitsTodayOut``."""
    attempts, standing = answer.attempts, answer.standing
    (found,) = attempts.found

    def figure(now: PaymentTotals, before: PaymentTotals) -> Body:
        return {**tally(now), "previous": compared(now, before)}

    def currency(name: str) -> Body:
        now, before = (
            _sum(_by_word(of_currency(period, name)).values())
            for period in (found.now, found.before)
        )
        return {
            "currency": name,
            "attempts": figure(now.attempts, before.attempts),
            "failed": figure(now.failed, before.failed),
            "retries_due": tally(standing.retries.get(name, NOTHING)),
            "open_exceptions": tally(standing.exceptions.get(name, NOTHING)),
        }

    names = {*attempts.currencies, *standing.retries, *standing.exceptions}
    return {
        **head(attempts),
        "retries_until": answer.retries_until,
        "currencies": [currency(name) for name in sorted(names)],
    }


def _of(answer: KpiResult, currency: Callable[[str], Body]) -> Body:
    return {**head(answer), "currencies": [currency(name) for name in answer.currencies]}


def _by_word(totals: Totals) -> dict[str | None, Outcomes]:
    """Word → outcomes, of parts without days."""
    found: dict[str | None, Outcomes] = {}
    for (part, word), each in totals.items():
        _add(found, word, part or "", each)
    return found


def _add(
    found: dict[str | None, Outcomes], key: str | None, part: str, totals: PaymentTotals
) -> None:
    outcome = part.rsplit("_", 1)[1]
    one = Outcomes(*(totals if outcome == each else NOTHING for each in OUTCOMES))
    found[key] = found.get(key, Outcomes()).plus(one)


def _sum(all_of_them: Any) -> Outcomes:
    total = Outcomes()
    for each in all_of_them:
        total = total.plus(each)
    return total


def _together(now: Any, before: Any) -> Body:
    total, gone = _sum(now), _sum(before)
    return {"total": _outcomes(total), "previous": _outcomes_before(total, gone)}


def _outcomes(of: Outcomes) -> Body:
    total_of(of)  # a sum that no 64-bit integer holds is refused
    attempts, succeeded, failed = of.attempts, of.succeeded, of.failed
    opened = PaymentTotals(
        attempts.payments - succeeded.payments - failed.payments,
        attempts.amount_minor - succeeded.amount_minor - failed.amount_minor,
    )
    return {
        **tally(attempts),
        SUCCEEDED: tally(succeeded),
        FAILED: tally(failed),
        "open": tally(opened),
        REVERSED: tally(of.reversed),
        "success_percent": rate_percent(succeeded.payments, attempts.payments),
        "failure_percent": rate_percent(failed.payments, attempts.payments),
    }


def _outcomes_before(now: Outcomes, before: Outcomes) -> Body:
    return {
        **compared(now.attempts, before.attempts),
        "success_percent": rate_percent(before.succeeded.payments, before.attempts.payments),
    }


def _part(word: str | None, name: str, now: Outcomes, before: Outcomes) -> Body:
    return {
        "value": word,
        "label": name,
        "is_others": False,
        **_outcomes(now),
        "previous": _outcomes_before(now, before),
    }


def _named(what: str, word: str | None) -> str:
    if what != BY_NUMBER or word is None:
        return word or NO_BATCH
    return FIRST if word == "1" else f"Retry {int(word) - 1}"


def _ranked(
    what: str, now: Mapping[str | None, Outcomes]
) -> Callable[[str | None], tuple[int, str]]:
    if what == BY_NUMBER:
        return lambda word: (int(word or 0), "")
    return lambda word: (-now.get(word, Outcomes()).attempts.amount_minor, word or "")
