"""How bulk actions look at stored payments."""

from payops_contracts.money import Money
from payops_kernel.bulk.action import Candidate
from payops_kernel.bulk.bulk import Candidates
from payops_kernel.mongo import Document
from transactions.domain.issuing import invoice_refusal
from transactions.domain.refundability import CanRefund
from transactions.store.refundable import REFUND_FIELDS, available_minor, refund_refusal
from transactions.store.transactions import COLLECTION


def to_refund(can_refund: CanRefund) -> Candidates:
    """Payments with what is left of them, and why one cannot be refunded."""

    def read(stored: Document) -> Candidate:
        left = int(available_minor(stored))
        refused = refund_refusal(stored, left, can_refund)
        return Candidate(stored["_id"], Money(left, stored["currency"]), refused)

    return Candidates(COLLECTION, (*REFUND_FIELDS, "currency"), read)


def _to_invoice(stored: Document) -> Candidate:
    paid = Money(int(stored["amount_minor"]), stored["currency"])
    return Candidate(stored["_id"], paid, invoice_refusal(stored["status"]))


TO_INVOICE = Candidates(COLLECTION, ("status", "currency", "amount_minor"), _to_invoice)
