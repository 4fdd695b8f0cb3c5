"""A gateway with payments in memory: answers and refusals are the service's own rules.

It does what the gateway's routes about one payment do, under idempotency keys, and a test can make
it fail. Nothing of it is a canned answer: a refund is reserved by the domain.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import orjson

from backoffice.clients.gateway import Gateway
from backoffice.errors import Refused, ServiceAway
from payops_contracts.ids import RefundId
from payops_kernel.errors import PayOpsError
from payops_kernel.free_text import holds_card_number
from payops_kernel.http.responses import JsonResponse
from payops_kernel.ports import DueRow
from payops_testing.transactions.list_setting import STORE
from transactions.api.invoices import credit_notes
from transactions.api.presenting import transaction_detail
from transactions.domain.notifying import notice_by_hand
from transactions.domain.refundability import BUILT_IN
from transactions.domain.refunding import RefundOrder, request_refund
from transactions.domain.transaction import Transaction
from transactions.use_cases.read_transactions import transaction_not_found

PDF = b"%PDF-1.7 of a test"


class HeldGateway(Gateway):
    """Payments by their id; ``refunds`` and ``mails`` count what was really asked for."""

    def __init__(self, *payments: Transaction) -> None:
        super().__init__("http://nowhere.example")
        self.payments: dict[str, Transaction] = {payment.id: payment for payment in payments}
        self.planned: list[DueRow] = []
        self.posted: list[tuple[str, Any, str | None]] = []
        self.taken: dict[str, tuple[Any, Any]] = {}
        self.subscriptions: dict[str, dict[str, Any]] = {}
        """In short, as the gateway has them at a payment."""
        self.decisions: dict[str, dict[str, Any]] = {}
        """Of checkouts, by payment."""
        self.away: set[str] = set()
        """Paths, or ends of paths, that do not answer; ``subscriptions`` and ``checkout-rules`` are
        those services."""
        self.loses_answers = False
        """Whether what is taken is taken, and its answer never arrives."""

    def caller(self, token: str | None) -> "HeldCaller":  # type: ignore[override]
        return HeldCaller(self, token or "")

    def detail(self, payment: Transaction) -> Any:
        shown = transaction_detail(STORE.to_document(payment), self.planned, BUILT_IN.can_refund)
        return orjson.loads(JsonResponse(shown).body)

    def picture(self, payment: Transaction) -> Any:
        detail = self.detail(payment)
        found = self.subscriptions.get(detail["payment"]["subscription_id"])
        return {
            "transaction": detail,
            "subscription": None if "subscriptions" in self.away else found,
            "checkout_decision": self.decisions.get(payment.id),
            "partial": [
                {"service": each, "detail": "It does not answer."}
                for each in ("subscriptions", "checkout-rules")
                if each in self.away
            ],
        }


class HeldCaller:
    """One person at it; the token is their subject."""

    def __init__(self, gateway: HeldGateway, token: str) -> None:
        self._gateway, self._subject = gateway, token

    async def ask(self, _method: str, path: str, **_: Any) -> Any:
        raise _refusal(404, "no_such_route", f"Nothing is answered at {path}.")

    async def get(self, path: str, query: Any = ()) -> Any:
        payment, below = self._found(path)
        match below:
            case "":
                return self._gateway.detail(payment)
            case "/picture":
                return self._gateway.picture(payment)
            case "/credit-notes":
                notes = credit_notes(STORE.to_document(payment), [])
                return orjson.loads(JsonResponse(notes).body)
            case "/notifications/preview":
                return self._checked(lambda: _mail(payment))
        raise AssertionError(path)

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        payment, below = self._found(path)
        held = self._gateway
        held.posted.append((path, body, key))
        if key in held.taken:
            before, answer = held.taken[key]
            if before != body:
                raise _refusal(422, "idempotency_key_reused", "This key was used already.")
        else:
            does = {"/refunds": self._refund, "/notifications": self._notify}[below]
            answer = self._checked(lambda: does(payment, body))
            held.taken[key or ""] = (body, answer)
        if held.loses_answers:
            raise ServiceAway("transactions")
        return answer

    @asynccontextmanager
    async def stream(self, path: str, query: Any = (), headers: Any = None) -> AsyncIterator[Any]:
        self._found(path)
        yield _Pdf()

    def _found(self, path: str) -> tuple[Transaction, str]:
        if any(path.endswith(end) for end in self._gateway.away):
            raise ServiceAway("transactions")
        payment_id, slash, below = path.removeprefix("/v1/transactions/").partition("/")
        payment = self._gateway.payments.get(unquote(payment_id))
        if payment is None:
            raise _refusal_of(transaction_not_found(payment_id))
        return payment, slash + below

    def _refund(self, payment: Transaction, body: Mapping[str, Any]) -> Any:
        if holds_card_number(body["reason"]):
            said = "the text holds what looks like a card number; leave it out"
            raise _refusal(422, "invalid_request", said, pointer="/body/reason")
        now = datetime.now(UTC)
        order = RefundOrder(
            refund_id=RefundId(f"rf-{len(payment.refunds) + 1}"),
            key="upstream",
            amount_minor=body["amount_minor"],
            currency=body["currency"],
            actor=self._subject,
            reason=body["reason"],
            comment=None,
            seen_available_minor=body["available_minor"],
        )
        refund = request_refund(payment, order, now, None, BUILT_IN.can_refund)
        return {
            "refund_id": refund.id,
            "amount_minor": refund.amount_minor,
            "currency": payment.currency,
        }

    def _notify(self, payment: Transaction, _body: Any) -> Any:
        notice = notice_by_hand(payment)
        return {"notice": notice.value, "to": payment.described.description.user_email}

    def _checked(self, do: Any) -> Any:
        try:
            return do()
        except PayOpsError as error:
            if isinstance(error, Refused):
                raise
            raise _refusal_of(error) from error


class _Pdf:
    headers = {"content-type": "application/pdf", "content-disposition": 'inline; filename="I.pdf"'}

    async def parts(self) -> AsyncIterator[bytes]:
        yield PDF


def _mail(payment: Transaction) -> Any:
    notice = notice_by_hand(payment)
    return {
        "transaction_id": payment.id,
        "notice": notice.value,
        "to": payment.described.description.user_email,
        "sender": "Shop <shop@example.com>",
        "subject": f"About {notice.value}",
        "text": f"Hello {payment.described.description.user_name},\n\n<b>thank you</b>",
    }


def _refusal_of(error: PayOpsError) -> Refused:
    return Refused(error.status, {"code": error.code, "detail": str(error), **error.extra})


def _refusal(status: int, code: str, detail: str, pointer: str | None = None) -> Refused:
    errors = [{"pointer": pointer, "code": "value_error", "detail": detail}] if pointer else []
    return Refused(status, {"code": code, "detail": detail, "errors": errors})
