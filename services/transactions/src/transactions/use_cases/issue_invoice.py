"""Issue an invoice or a credit note: once, under the next number, then always the same bytes.

Number, document, history row, event and audit record are one database transaction: a number
without its document cannot be.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol
from zoneinfo import ZoneInfo

from payops_kernel.errors import Unavailable
from payops_kernel.ports import Answer, CommandContext, RunsCommands, Session, Work
from transactions.domain.issuing import (
    check_credit_note,
    check_invoice,
    credited_tax_minor,
    record_failed,
    record_issued,
)
from transactions.domain.refunds import Refund
from transactions.domain.transaction import Transaction
from transactions.invoicing.describing import credit_note_of, invoice_of
from transactions.invoicing.papers import Paper, PaperKind
from transactions.invoicing.printing import PaperNotPrinted
from transactions.invoicing.words import language_of
from transactions.use_cases.read_transactions import TransactionNotFound
from transactions.use_cases.writes import TransactionWrites

DONE = 200


class InvoiceNotMade(Unavailable):
    """The PDF could not be made now; the history says so."""

    code = "invoice_not_made"
    title = "The document could not be made"


@dataclass(frozen=True, slots=True)
class IssuedPaper:
    """One stored document; ``refund_id`` None for the invoice. Never changes."""

    kind: PaperKind
    number: str
    transaction_id: str
    refund_id: str | None
    issued_at: datetime
    issued_by: str
    amount_minor: int
    tax_minor: int
    currency: str
    sha256: str
    pdf: bytes


class KeepsPapers(Protocol):
    """Where issued documents and their numbers are stored."""

    async def find(
        self, transaction_id: str, refund_id: str | None, session: Session | None = None
    ) -> IssuedPaper | None:
        """The invoice of a transaction, or the credit note of a refund of it."""
        ...

    async def credited(self, transaction_id: str, session: Session) -> tuple[int, int]:
        """Amount and tax that the credit notes of a transaction have together, minor units."""
        ...

    async def next_number(self, kind: PaperKind, year: int, session: Session) -> str:
        """The next number of the year, such as ``INV-2026-000123``; given back on abort."""
        ...

    async def add(self, paper: IssuedPaper, session: Session) -> None:
        """Store a document."""
        ...


@dataclass(frozen=True, slots=True)
class InvoiceSettings:
    """The locale of a line that we word ourselves, and the zone that a year begins in."""

    locale: str = "en"
    zone: str = "UTC"


class IssueInvoice:
    """The use case behind the PDFs, and each row of a bulk download."""

    def __init__(
        self,
        commands: RunsCommands,
        writes: TransactionWrites,
        papers: KeepsPapers,
        printer: Callable[[Paper], Awaitable[bytes]],
        settings: InvoiceSettings,
    ) -> None:
        self._commands = commands
        self._writes = writes
        self._papers = papers
        self._printer = printer
        self._language = language_of(settings.locale)
        self._zone = ZoneInfo(settings.zone)
        self._one_number_at_a_time = asyncio.Lock()

    async def invoice(self, context: CommandContext, transaction_id: str) -> IssuedPaper:
        """The invoice, made now or before; raises ``InvoiceRefused`` or not found."""
        return await self._issued(context, transaction_id, None)

    async def credit_note(
        self, context: CommandContext, transaction_id: str, refund_id: str
    ) -> IssuedPaper:
        """The credit note of a refund, with its invoice before it, made now or before."""
        found = await self._papers.find(transaction_id, refund_id)
        if found is not None:
            return found
        await self._check(context, transaction_id, refund_id)
        await self._issued(context, transaction_id, None)
        return await self._issued(context, transaction_id, refund_id)

    async def _issued(
        self, context: CommandContext, transaction_id: str, refund_id: str | None
    ) -> IssuedPaper:
        found = await self._papers.find(transaction_id, refund_id)
        if found is not None:
            return found
        try:
            # Numbers are given one after another anyway: waiting here beats conflicting there.
            async with self._one_number_at_a_time:
                return await self._issue(context, transaction_id, refund_id)
        except PaperNotPrinted as error:
            await self._note_failure(context, transaction_id, refund_id)
            raise InvoiceNotMade(str(error)) from error

    async def _issue(
        self, context: CommandContext, transaction_id: str, refund_id: str | None
    ) -> IssuedPaper:
        issued: list[IssuedPaper] = []

        async def body(work: Work) -> Answer:
            # First in every run: another call, or a run of ours that did commit, was quicker.
            paper = await self._papers.find(transaction_id, refund_id, work.session)
            if paper is None:
                paper = await self._new(work, transaction_id, refund_id)
            issued.append(paper)
            return Answer(DONE, {"number": paper.number})

        await self._commands.run(context, body)
        return issued[-1]

    async def _new(self, work: Work, transaction_id: str, refund_id: str | None) -> IssuedPaper:
        transaction = await self._loaded(work, transaction_id)
        refund = None if refund_id is None else check_credit_note(transaction, refund_id)
        paper, tax_minor = await self._numbered(work, transaction, refund)
        actor = work.context.actor.subject
        pdf = await self._printer(paper)
        issued = IssuedPaper(
            kind=paper.kind,
            number=paper.number,
            transaction_id=transaction.id,
            refund_id=refund_id,
            issued_at=paper.issued_at,
            issued_by=actor,
            amount_minor=paper.total_minor,
            tax_minor=tax_minor,
            currency=paper.currency,
            sha256=sha256(pdf).hexdigest(),
            pdf=pdf,
        )
        await self._papers.add(issued, work.session)
        trace = work.context.traceparent
        record_issued(transaction, paper.number, refund, paper.issued_at, actor, trace)
        work.messages += await self._writes.save(transaction, work.session)
        what = "invoice" if refund is None else "credit_note"
        after = {"number": issued.number, "refund_id": refund_id, "sha256": issued.sha256}
        work.audit(f"{what}.issue", "transaction", transaction.id, after=after)
        return issued

    async def _numbered(
        self, work: Work, t: Transaction, refund: Refund | None
    ) -> tuple[Paper, int]:
        """What the document says, and the tax in it; the number is the last thing taken."""
        now = work.clock.now()
        year = now.astimezone(self._zone).year
        paid_at = check_invoice(t)
        if refund is None:
            number = await self._papers.next_number(PaperKind.INVOICE, year, work.session)
            paper = invoice_of(t, number, now, paid_at, self._language)
            return paper, sum(line.tax_minor for line in paper.lines)
        invoice = await self._papers.find(t.id, None, work.session)
        if invoice is None:
            raise Unavailable("The invoice is being made; try again.")
        amount, tax = await self._papers.credited(t.id, work.session)
        tax_minor = credited_tax_minor(t, amount + refund.amount_minor) - tax
        number = await self._papers.next_number(PaperKind.CREDIT_NOTE, year, work.session)
        language = self._language
        paper = credit_note_of(
            t, refund, number, now, language, invoice_number=invoice.number, tax_minor=tax_minor
        )
        return paper, tax_minor

    async def _check(self, context: CommandContext, transaction_id: str, refund_id: str) -> None:
        """Refuse before an invoice is made only for a credit note that is then refused."""

        async def body(work: Work) -> Answer:
            check_credit_note(await self._loaded(work, transaction_id), refund_id)
            return Answer(DONE, {})

        await self._commands.run(context, body)

    async def _note_failure(
        self, context: CommandContext, transaction_id: str, refund_id: str | None
    ) -> None:
        async def body(work: Work) -> Answer:
            transaction = await self._loaded(work, transaction_id)
            refund = None if refund_id is None else transaction.refund(refund_id)
            actor, trace = work.context.actor.subject, work.context.traceparent
            if record_failed(transaction, refund, work.clock.now(), actor, trace):
                work.messages += await self._writes.save(transaction, work.session)
            return Answer(DONE, {})

        await self._commands.run(context, body)

    async def _loaded(self, work: Work, transaction_id: str) -> Transaction:
        transaction = await self._writes.load(transaction_id, work.session)
        if transaction is None:
            raise TransactionNotFound(f"There is no transaction '{transaction_id}'.")
        return transaction
