"""Answers about subscriptions as they go over the wire."""

from itertools import accumulate
from typing import Any, NamedTuple

from analytics.api.presenting import compared, fresh, head, of_currency, tally
from analytics.domain.lines import Totals
from analytics.domain.payment_facts import NOTHING, PaymentTotals
from analytics.domain.percentages import hundredths, rate_percent
from analytics.domain.subscription_facts import CHURNED, NEW, REASON, STATUS
from analytics.use_cases.read_kpis import KpiResult, total_of
from analytics.use_cases.read_subscriptions import Standing
from payops_contracts.labels import SUBSCRIPTION_END_REASON, SUBSCRIPTION_STATUS, label
from payops_contracts.subscriptions import EndReason, SubscriptionStatus

Body = dict[str, Any]


class Moved(NamedTuple):
    """What ran at the beginning of a period, and what moved in it."""

    opening: PaymentTotals
    new: PaymentTotals
    churned: PaymentTotals

    @classmethod
    def of(cls, opened: Totals, moved: Totals) -> "Moved":
        """``opened`` is of all days before; ``moved`` is without days."""
        return cls(running(NOTHING, *_both(opened)), *_both(moved))

    @property
    def active(self) -> PaymentTotals:
        """What runs at the end."""
        return running(*self)

    @property
    def churn_percent(self) -> float | None:
        """Those that ended, of those that ran at the beginning."""
        return rate_percent(self.churned.payments, self.opening.payments)


def running(before: PaymentTotals, new: PaymentTotals, churned: PaymentTotals) -> PaymentTotals:
    """What runs after some started and some ended; raises ``SumTooLarge``."""
    gone = PaymentTotals(-churned.payments, -churned.amount_minor)
    return total_of((before, new, gone))


def _both(totals: Totals, *day: str) -> tuple[PaymentTotals, PaymentTotals]:
    new, churned = ((part.by, part.word, *day) for part in (NEW, CHURNED))
    return totals.get(new, NOTHING), totals.get(churned, NOTHING)


def subscriptions_by_day_body(answer: KpiResult) -> Body:
    """A ``SubscriptionsByDayOut``."""
    (moves, opened), days = answer.found, answer.window.days()

    def currency(name: str) -> Body:
        by_day = [_both(of_currency(moves.now, name), day) for day in days]
        opening, new, churned = (
            running(NOTHING, *_both(of_currency(opened.now, name))),
            [each for each, _ in by_day],
            [each for _, each in by_day],
        )
        now = Moved(opening, total_of(new), total_of(churned))
        before = Moved.of(of_currency(opened.before, name), of_currency(moves.before, name))
        active = list(accumulate(by_day, lambda has, each: running(has, *each), initial=opening))
        lines = [
            _line("active", "Active", now.active, before.active, active[1:]),
            _line("new", "New", now.new, before.new, new),
            _line("churned", "Churned", now.churned, before.churned, churned),
        ]
        return {
            "currency": name,
            **{each: lines[0][each] for each in ("total", "previous")},
            "opening": tally(now.opening),
            "churn_percent": now.churn_percent,
            "previous_churn_percent": before.churn_percent,
            "lines": lines,
        }

    return {
        **head(answer),
        "by": "subscriptions",
        "days": days,
        "currencies": [currency(name) for name in answer.currencies],
    }


def _line(
    value: str, name: str, now: PaymentTotals, before: PaymentTotals, days: list[PaymentTotals]
) -> Body:
    return {
        "value": value,
        "label": name,
        "is_others": False,
        "total": tally(now),
        "previous": compared(now, before),
        "counts": [each.payments for each in days],
        "amounts_minor": [each.amount_minor for each in days],
    }


def subscriptions_by_status_body(answer: Standing) -> Body:
    """A ``SubscriptionsByStatusOut``."""

    def currency(name: str, found: Totals) -> Body:
        totals = [found.get((STATUS, status), NOTHING) for status in SubscriptionStatus]
        shares = hundredths([each.payments for each in totals])
        return {
            "currency": name,
            "total": tally(total_of(totals)),
            "statuses": [
                {
                    "status": status,
                    "label": label(SUBSCRIPTION_STATUS, status),
                    **tally(each),
                    "percentage": share / 100,
                }
                for status, each, share in zip(SubscriptionStatus, totals, shares, strict=True)
            ],
            "end_reasons": [
                {
                    "reason": reason,
                    "label": label(SUBSCRIPTION_END_REASON, reason),
                    **tally(found.get((REASON, reason), NOTHING)),
                }
                for reason in EndReason
            ],
        }

    return {
        **fresh(answer),
        "currencies": [currency(name, found) for name, found in sorted(answer.found.items())],
    }


def subscription_payments_body(answer: KpiResult) -> Body:
    """A ``SubscriptionPaymentsOut``."""
    paid, failed = answer.found
    days = answer.window.days()

    def currency(name: str) -> Body:
        now = [
            tuple(of_currency(each.now, name).get((day,), NOTHING) for each in (paid, failed))
            for day in days
        ]
        total = [total_of(each) for each in zip(*now, strict=True)]
        before = [total_of(of_currency(each.before, name).values()) for each in (paid, failed)]
        return {
            "currency": name,
            "total": _rate(*total),
            "previous": {
                **compared(total_of(total), total_of(before)),
                **_rate(*before),
            },
            "days": [{"day": day, **_rate(*each)} for day, each in zip(days, now, strict=True)],
        }

    return {**head(answer), "currencies": [currency(name) for name in answer.currencies]}


def _rate(paid: PaymentTotals, failed: PaymentTotals) -> Body:
    whole = total_of((paid, failed))
    return {
        **tally(whole),
        "paid": tally(paid),
        "failed": tally(failed),
        "failed_percent": rate_percent(failed.payments, whole.payments),
    }
