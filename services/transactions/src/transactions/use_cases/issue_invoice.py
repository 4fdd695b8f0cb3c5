"""Issue an invoice or a credit note: once, under the next number, then always the same bytes.

Number, document, history row, event and audit record are one database transaction: a number
without its document cannot be. The PDF is made before it, under the number that comes next; when
another was quicker to it, it is made again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol
from zoneinfo import ZoneInfo

from payops_contracts.ids import InvoiceNumber, RefundId, TransactionId
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import Clock
from payops_kernel.errors import Unavailable
from payops_kernel.ports import (
    CommandAnswer,
    CommandContext,
    Repository,
    RunsCommands,
    Session,
    Work,
)
from transactions.domain.documents import (
    DocumentKind,
    InvoiceDocument,
    IssuedDocument,
    MissingGlyphs,
    credit_note_of,
    invoice_of,
)
from transactions.domain.issuing import (
    InvoiceNotIssued,
    InvoiceNotPrintable,
    check_credit_note,
    check_invoice,
    credited_refunds,
    note_tax_minor,
    record_failed,
    record_issued,
)
from transactions.domain.transaction import Transaction

DONE = 200
TRIES_MAX = 25
"""How often a document is made again because its number was taken or its payment moved."""


class InvoiceNotMade(Unavailable):
    """The PDF could not be made now; the history says so."""

    code = "invoice_not_made"
    title = "The document could not be made"


class Overtaken(Unavailable):
    """The number was taken, or the payment moved, while the PDF was made."""

    code = "invoice_overtaken"


class DocumentNotRendered(Exception):
    """The PDF could not be made, or not in time."""


RendersPdf = Callable[[InvoiceDocument], Awaitable[bytes]]
"""Makes the PDF; raises :class:`DocumentNotRendered` or ``MissingGlyphs``."""


class InvoiceStore(Protocol):
    """Where issued documents and their numbers are stored."""

    async def find(
        self,
        transaction_id: TransactionId,
        refund_id: RefundId | None,
        session: Session | None = None,
    ) -> IssuedDocument | None:
        """The invoice of a transaction, or the credit note of a refund of it."""
        ...

    async def credited_minor(
        self, transaction_id: TransactionId, refund_ids: Collection[RefundId]
    ) -> int:
        """Amount and tax that the credit notes of these refunds have together, minor units."""
        ...

    async def next_number(
        self, kind: DocumentKind, year: int, session: Session | None = None
    ) -> InvoiceNumber:
        """The number that comes next in the year, such as ``INV-2026-000123``."""
        ...

    async def take_number(self, kind: DocumentKind, year: int, session: Session) -> InvoiceNumber:
        """Count one up in the caller's transaction; given back when that is aborted."""
        ...

    async def add(self, document: IssuedDocument, session: Session) -> None:
        """Store a document."""
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that is not issued yet, and what it was made of."""

    document: InvoiceDocument
    year: int
    version: int
    """Of the transaction; another one makes the draft worthless."""


class IssueInvoice:
    """The use case behind the PDFs, and each row of a bulk download."""

    def __init__(
        self,
        commands: RunsCommands,
        transactions: Repository[Transaction],
        documents: InvoiceStore,
        render_pdf: RendersPdf,
        clock: Clock,
        zone: str,
    ) -> None:
        """A year of numbers begins in ``zone`` (IANA)."""
        self._commands = commands
        self._transactions = transactions
        self._documents = documents
        self._render_pdf = render_pdf
        self._clock = clock
        self._zone = ZoneInfo(zone)
        self._one_number_at_a_time = asyncio.Lock()

    async def invoice(
        self, context: CommandContext, transaction_id: TransactionId
    ) -> IssuedDocument:
        """The invoice, made now or before; raises ``InvoiceRefused`` or not found.

        What cannot be printed is refused before its number is taken; who may not issue one gets
        what was issued before.
        """
        return await self._issued(context, transaction_id, None)

    async def credit_note(
        self, context: CommandContext, transaction_id: TransactionId, refund_id: RefundId
    ) -> IssuedDocument:
        """The credit note of a refund, with its invoice before it, made now or before."""
        found = await self._documents.find(transaction_id, refund_id)
        if found is not None:
            return found
        # Refused before an invoice is made only for a credit note that is then refused.
        check_credit_note(await self._loaded(transaction_id), refund_id)
        await self._issued(context, transaction_id, None)
        return await self._issued(context, transaction_id, refund_id)

    async def _issued(
        self, context: CommandContext, transaction_id: TransactionId, refund_id: RefundId | None
    ) -> IssuedDocument:
        found = await self._documents.find(transaction_id, refund_id)
        if found is not None:
            return found
        if not context.actor.may(UserRole.OPERATOR):
            check_invoice(await self._loaded(transaction_id))
            raise InvoiceNotIssued("It is not issued yet; an operator issues it.")
        try:
            # Numbers are given one after another anyway: waiting here beats conflicting there.
            async with self._one_number_at_a_time:
                return await self._issue(context, transaction_id, refund_id)
        except DocumentNotRendered as error:
            await self._note_failure(context, transaction_id, refund_id)
            raise InvoiceNotMade(str(error)) from error
        except MissingGlyphs as error:
            await self._note_failure(context, transaction_id, refund_id, str(error))
            raise InvoiceNotPrintable.because(str(error), error.characters) from error

    async def _issue(
        self, context: CommandContext, transaction_id: TransactionId, refund_id: RefundId | None
    ) -> IssuedDocument:
        for _ in range(TRIES_MAX):
            found = await self._documents.find(transaction_id, refund_id)
            if found is not None:
                return found
            draft = await self._draft(transaction_id, refund_id)
            pdf = await self._render_pdf(draft.document)
            try:
                return await self._store(context, draft, pdf)
            except Overtaken:
                continue
        raise Overtaken("Others take every number before this document has it; try again.")

    async def _draft(self, transaction_id: TransactionId, refund_id: RefundId | None) -> Draft:
        """What the document says, under the number that comes next."""
        t = await self._loaded(transaction_id)
        now = self._clock.now()
        year = now.astimezone(self._zone).year
        paid_at = check_invoice(t)
        if refund_id is None:
            number = await self._documents.next_number(DocumentKind.INVOICE, year)
            return Draft(invoice_of(t, number, now, paid_at), year, t.version)
        refund = check_credit_note(t, refund_id)
        invoice = await self._documents.find(t.id, None)
        if invoice is None:
            raise Unavailable("The invoice is not there yet; try again.")
        before = await self._documents.credited_minor(t.id, credited_refunds(t))
        tax_minor = note_tax_minor(t, before, refund.amount_minor)
        number = await self._documents.next_number(DocumentKind.CREDIT_NOTE, year)
        invoiced = invoice_of(t, invoice.number, now, paid_at)
        return Draft(credit_note_of(invoiced, refund, number, tax_minor), year, t.version)

    async def _store(self, context: CommandContext, draft: Draft, pdf: bytes) -> IssuedDocument:
        """Number, document, row, event and audit record at once; raises ``Overtaken``."""
        document = draft.document
        kept: list[IssuedDocument] = []

        async def body(work: Work) -> CommandAnswer:
            # First in every run: another call, or a run of ours that did commit, was quicker.
            mine = await work.read(
                lambda session: self._documents.find(
                    document.transaction_id, document.refund_id, session
                )
            )
            if mine is None:
                mine = _issued_document(document, pdf, context.actor.subject)
                await self._keep(work, draft, mine)
            kept.append(mine)
            return CommandAnswer(DONE, {"number": mine.number})

        await self._commands.run(context, body)
        return kept[-1]

    async def _keep(self, work: Work, draft: Draft, issued: IssuedDocument) -> None:
        kind, year, number = issued.kind, draft.year, issued.number
        t = await work.load(self._transactions, issued.transaction_id)
        comes_next = await work.read(
            lambda session: self._documents.next_number(kind, year, session)
        )
        if number != comes_next or t.version != draft.version:
            raise Overtaken("The document is made again.")
        refund = None if issued.refund_id is None else check_credit_note(t, issued.refund_id)
        trace = work.context.traceparent
        record_issued(t, number, refund, issued.issued_at, issued.issued_by, trace)
        work.save(t)

        async def store(session: Session) -> None:
            if await self._documents.take_number(kind, year, session) != number:
                raise Overtaken("The document is made again.")
            await self._documents.add(issued, session)

        work.write(store)
        what = "invoice" if refund is None else "credit_note"
        after = {"number": number, "refund_id": issued.refund_id, "sha256": issued.sha256}
        work.audit(f"{what}.issue", "transaction", t.id, after=after)

    async def _note_failure(
        self,
        context: CommandContext,
        transaction_id: TransactionId,
        refund_id: RefundId | None,
        reason: str | None = None,
    ) -> None:
        async def body(work: Work) -> CommandAnswer:
            transaction = await work.load(self._transactions, transaction_id)
            refund = transaction.refund(refund_id)
            actor, trace = work.context.actor.subject, work.context.traceparent
            if record_failed(transaction, refund, work.now, actor, trace, reason):
                work.save(transaction)
            return CommandAnswer(DONE, {})

        await self._commands.run(context, body)

    async def _loaded(self, transaction_id: TransactionId) -> Transaction:
        transaction = await self._transactions.find(transaction_id)
        if transaction is None:
            raise self._transactions.missing(transaction_id)
        return transaction


def _issued_document(document: InvoiceDocument, pdf: bytes, actor: str) -> IssuedDocument:
    return IssuedDocument(
        kind=document.kind,
        number=document.number,
        transaction_id=document.transaction_id,
        refund_id=document.refund_id,
        issued_at=document.issued_at,
        issued_by=actor,
        amount=document.total,
        tax_minor=document.tax_minor,
        sha256=sha256(pdf).hexdigest(),
        pdf=pdf,
    )
