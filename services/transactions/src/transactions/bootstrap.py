"""The only place that builds concrete things and joins them."""

from fastapi import APIRouter

from payops_kernel.bulk.routes import bulk_routes
from payops_kernel.jobs.reads import JobReads
from payops_kernel.lists.reads import ListReads
from payops_kernel.repository import MongoRepository
from payops_kernel.runtime import Runtime, Service
from transactions.api.bulk import REFUNDS, bulk_invoice_routes
from transactions.api.invoices import invoice_routes
from transactions.api.notifications import notification_routes
from transactions.api.refunds import refund_routes
from transactions.api.transaction_list import transaction_list
from transactions.api.transactions import transaction_routes
from transactions.consumers import consume, consume_catalogue
from transactions.domain.transaction import Transaction
from transactions.invoicing.archiving import invoice_archive
from transactions.invoicing.pdf_renderer import PdfRenderer
from transactions.invoicing.rendering import checked
from transactions.mail.composing import Composer, Templates
from transactions.mail.sending import SmtpServer
from transactions.publishing import step_messages
from transactions.settings import Settings
from transactions.store.candidates import TO_INVOICE, to_refund
from transactions.store.catalogue import CatalogueStore, FollowedCatalogue
from transactions.store.invoices import MongoInvoices
from transactions.store.restoring import RestoredTransactions
from transactions.store.transactions import SEARCH_RENEWAL, TransactionStore
from transactions.use_cases.ask_again import AskAgain
from transactions.use_cases.bulk_invoice import BulkInvoice, InvoiceFiles
from transactions.use_cases.bulk_refund import BulkRefund
from transactions.use_cases.due_after_step import REFUND_UNANSWERED, DueAfterStep
from transactions.use_cases.issue_invoice import IssueInvoice, RendersPdf
from transactions.use_cases.notify_customer import DUE_KIND, NotifyCustomer, PreviewMail, SendMail
from transactions.use_cases.read_transactions import transaction_not_found
from transactions.use_cases.request_refund import RequestRefund

SERVICE = "transactions"


def bootstrap(
    settings: Settings, runtime: Runtime, render_pdf: RendersPdf | None = None
) -> Service[Runtime]:
    """Join the parts; nothing connects before the app starts."""
    store, due = runtime.store(TransactionStore), DueAfterStep(runtime.clock)
    transactions = MongoRepository(
        store, missing=transaction_not_found, says=step_messages, due=due
    )
    consume(runtime, transactions)
    catalogue = runtime.store(CatalogueStore)
    obeyed = FollowedCatalogue(catalogue)
    consume_catalogue(runtime, catalogue)
    runtime.run_in_background(obeyed.follow)
    runtime.renew(SEARCH_RENEWAL)
    runtime.restore(RestoredTransactions)
    runtime.due.handle(REFUND_UNANSWERED, AskAgain(transactions), together=True)
    templates = Templates(settings.mail_locale, settings.mail_templates)
    compose = Composer(templates, settings.mail_sender, runtime.clock.now)
    server = SmtpServer(settings.mail_access())
    mailing = SendMail(transactions, server, compose, runtime.clock, runtime.zone)
    runtime.due.call(DUE_KIND, mailing.send, mailing.settle)
    reads = runtime.add_list(transaction_list(obeyed))
    commands, request_refund = runtime.commands, RequestRefund(transactions, obeyed.known)
    bulk_refund = runtime.bulk(BulkRefund(request_refund), to_refund(obeyed))
    return runtime.service(
        transaction_routes(reads, runtime.due.rows.about, obeyed),
        refund_routes(commands, reads, request_refund),
        notification_routes(
            commands,
            NotifyCustomer(transactions),
            PreviewMail(transactions, compose, runtime.zone),
        ),
        bulk_routes(commands, bulk_refund, runtime.zone, REFUNDS),
        *_invoices(settings, runtime, transactions, reads, render_pdf),
    )


def _invoices(
    settings: Settings,
    runtime: Runtime,
    transactions: MongoRepository[Transaction],
    reads: ListReads,
    render_pdf: RendersPdf | None,
) -> tuple[APIRouter, ...]:
    documents, style = runtime.store(MongoInvoices), checked(settings.invoice_style())
    renderer = render_pdf or PdfRenderer(style)
    issue = IssueInvoice(
        runtime.commands, transactions, documents, renderer, runtime.clock, style.zone
    )
    bulk = runtime.bulk(BulkInvoice(issue), TO_INVOICE)
    files = InvoiceFiles(JobReads(runtime.jobs.jobs), documents.invoices_of, invoice_archive)
    return (
        bulk_invoice_routes(runtime.commands, bulk, files, runtime.zone),
        invoice_routes(reads, issue, documents),
    )
