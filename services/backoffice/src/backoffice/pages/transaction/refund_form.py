"""A refund as it is asked for on a form: what was typed, what was seen, what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self
from uuid import uuid4

from backoffice.errors import FormOutdated
from backoffice.formatting.typed_amount import (
    NotAnAmount,
    Wrong,
    amount_to_type,
    an_example,
    typed_amount,
)
from backoffice.pages.transaction.reading import Detail
from backoffice.words import Words
from payops_contracts.money import CURRENCY_DECIMALS, format_money
from payops_contracts.payments import TransactionStatus


@dataclass(frozen=True, slots=True)
class RefundForm:
    """The fields of the form; ``key`` was minted with it, so that it refunds once."""

    amount: str
    reason: str
    key: str
    currency: str
    seen_available_minor: int
    """What could be refunded when the form was made."""
    seen_version: int
    """The payment's version then."""
    wrong: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with a field, by its name, in words."""

    @classmethod
    def fresh(cls, detail: Detail, words: Words) -> Self:
        """A form of the payment as it stands, with all that is left in it."""
        left, currency = detail["actions"]["refund"]["available_minor"], _currency(detail)
        amount = amount_to_type(left, currency, words.language)
        return cls(amount, "", uuid4().hex, currency, left, detail["version"])

    @classmethod
    def sent(cls, fields: Mapping[str, str]) -> Self:
        """The form as it came back; raises ``FormOutdated`` for one that is none of ours."""
        try:
            form = cls(
                amount=fields.get("amount", ""),
                reason=fields.get("reason", "").strip(),
                key=fields["key"],
                currency=fields["currency"],
                seen_available_minor=int(fields["available_minor"]),
                seen_version=int(fields["version"]),
            )
        except (KeyError, ValueError):
            form = None
        if form is None or form.currency not in CURRENCY_DECIMALS:
            raise FormOutdated("Load the page again, and send its form anew.")
        return form

    def amount_minor(self, language: str) -> int:
        """What was typed, in minor units; raises ``NotAnAmount``."""
        return typed_amount(self.amount, self.currency, language, self.seen_available_minor)

    def with_amount(self, amount: str) -> "RefundForm":
        """With what was typed into it."""
        return replace(self, amount=amount)

    def with_wrong(self, **wrong: str) -> "RefundForm":
        """With what the service finds wrong with a field."""
        return replace(self, wrong=wrong)

    def checked(self, words: Words) -> "RefundForm":
        """With what is wrong with its fields."""
        wrong = {}
        try:
            self.amount_minor(words.language)
        except NotAnAmount as error:
            wrong["amount"] = self._said(error.wrong, words)
        if not self.reason:
            wrong["reason"] = words("Say why, for the audit log and whoever looks next.")
        return replace(self, wrong=wrong)

    def renewed(self, detail: Detail, words: Words) -> "RefundForm":
        """The same wish at the payment as it stands now: at most what is left of it."""
        fresh = RefundForm.fresh(detail, words)
        try:
            amount_minor = self.amount_minor(words.language)
            fits = amount_minor <= fresh.seen_available_minor
        except NotAnAmount:
            fits = False
        return replace(
            fresh, amount=self.amount if fits else fresh.amount, reason=self.reason, key=self.key
        )

    def result(self, detail: Detail, words: Words) -> str:
        """What will be left, and what the payment's status becomes; or what is wrong."""
        try:
            amount_minor = self.amount_minor(words.language)
        except NotAnAmount as error:
            return self._said(error.wrong, words)
        left_minor = self.seen_available_minor - amount_minor
        left = format_money(left_minor, self.currency, words.language)
        result = words("%(amount)s will be left.", amount=left) if left_minor else ""
        return f"{result} {_status_after(detail, amount_minor, words)}".strip()

    def shown_amount(self, language: str) -> str | None:
        """What was typed, as pages write it; None when it is no amount."""
        try:
            return format_money(self.amount_minor(language), self.currency, language)
        except NotAnAmount:
            return None

    def _said(self, wrong: Wrong, words: Words) -> str:
        language, currency = words.language, self.currency
        match wrong:
            case Wrong.EMPTY:
                return words("Say how much.")
            case Wrong.NO_AMOUNT:
                example = an_example(currency, language)
                return words("Write the amount like %(example)s.", example=example)
            case Wrong.TOO_MANY_DECIMALS:
                decimals = CURRENCY_DECIMALS[currency]
                if not decimals:
                    return words("%(currency)s has no decimals.", currency=currency)
                return words(
                    "%(currency)s has %(count)s decimals.", currency=currency, count=decimals
                )
            case Wrong.ZERO:
                return words("The amount must be more than zero.")
            case Wrong.TOO_MUCH:
                most = format_money(self.seen_available_minor, currency, language)
                return words("At most %(amount)s can be refunded.", amount=most)


def _status_after(detail: Detail, amount_minor: int, words: Words) -> str:
    payment = detail["payment"]
    refunded = payment["total_refunded_minor"] + payment["in_flight_minor"] + amount_minor
    if refunded >= payment["amount_minor"]:
        return words("The payment becomes Totally Refunded.")
    if detail["overview"]["status"] == TransactionStatus.PARTIALLY_REFUNDED:
        return words("The payment stays Partially Refunded.")
    return words("The payment becomes Partially Refunded.")


def _currency(detail: Detail) -> str:
    currency: str = detail["payment"]["currency"]
    return currency
