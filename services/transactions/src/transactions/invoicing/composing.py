"""From what an invoice says to the texts that its layout shows, each in its place."""

from typing import Any

from payops_contracts.labels import METHOD, PROVIDER, label
from payops_contracts.money import Money
from transactions.domain.documents import DocumentKind, InvoiceDocument, Line
from transactions.invoicing.formatting import Formats
from transactions.invoicing.printable import Decorated
from transactions.invoicing.style import Style
from transactions.invoicing.words import words_of

Texts = dict[str, Any]


def composed(document: InvoiceDocument, style: Style) -> Texts:
    """Everything that ``document.typ`` reads, as texts in the style's language."""
    formats = Formats(style.locale, style.zone)
    words = words_of(formats.language)
    credit = document.kind is DocumentKind.CREDIT_NOTE
    heading = words["credit_note" if credit else "invoice"]
    whole = words["refund_line" if credit else "payment_line"]
    whole = whole.format(transaction=document.transaction_id)
    issuer = style.issuer
    tax_id = [f"{words['tax_id']}: {issuer.tax_id}"] if issuer.tax_id else []
    customer = document.customer
    reached_by = [part for part in (customer.email, customer.phone) if part]
    shown_id = [f"{words['customer_id']}: {customer.id}"] if customer.name else []
    return {
        "title": f"{heading} {document.number}",
        "number": document.number,
        "language": formats.language,
        "paper": style.paper,
        "issuer": {
            "name": issuer.company,
            "lines": [*issuer.address, *tax_id, *(p for p in (issuer.email, issuer.phone) if p)],
        },
        "footer": " · ".join([issuer.company, *tax_id]),
        "words": {
            "heading": heading,
            "customer": words["credited" if credit else "customer"],
            "page": words["page"],
        },
        "customer": {
            "name": Decorated(customer.name) if customer.name else customer.id,
            "lines": reached_by + shown_id,
        },
        "facts": _facts(document, formats, words),
        "columns": ["#", *(words[n] for n in ("description", "quantity", "net", "tax", "amount"))],
        "lines": [
            _line(number, line, whole, document.total.currency, formats)
            for number, line in enumerate(document.lines, start=1)
        ],
        "totals": _totals(document, formats, words),
        "total": [
            words["total_credited" if credit else "total_paid"],
            formats.money(document.total),
        ],
        "notes": [words["credited_note" if credit else "paid_note"]],
    }


def _facts(
    document: InvoiceDocument, formats: Formats, words: dict[str, str]
) -> list[tuple[str, str]]:
    credit = document.kind is DocumentKind.CREDIT_NOTE
    facts = [
        (words["issued"], formats.date(document.issued_at)),
        (words["refunded" if credit else "paid"], formats.date(document.settled_at)),
    ]
    if document.invoice_number is not None:
        facts.append((words["for_invoice"], document.invoice_number))
    facts.append((words["transaction"], document.transaction_id))
    if document.refund_id is not None:
        facts.append((words["refund"], document.refund_id))
    method = f"{label(METHOD, document.method)} ({label(PROVIDER, document.provider)})"
    return [*facts, (words["method"], method), (words["currency"], document.total.currency)]


def _line(number: int, line: Line, whole: str, currency: str, formats: Formats) -> list[str]:
    amounts = (line.amount_minor - line.tax_minor, line.tax_minor, line.amount_minor)
    return [
        formats.count(number),
        Decorated(whole if line.description is None else line.description),
        formats.count(line.quantity),
        *(formats.amount(amount, currency) for amount in amounts),
    ]


def _totals(
    document: InvoiceDocument, formats: Formats, words: dict[str, str]
) -> list[tuple[str, str]]:
    gross = sum(line.amount_minor for line in document.lines)
    tax, (total, currency) = document.tax_minor, document.total
    totals = [(words["subtotal"], gross - tax), (words["tax_total"], tax)]
    if gross != total:
        # Items need not name shipping or a discount; the sum must still come out as what was paid.
        totals.append((words["other"], total - gross))
    return [(name, formats.money(Money(amount, currency))) for name, amount in totals]
