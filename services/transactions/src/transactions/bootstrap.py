"""The only place that builds concrete things and joins them."""

from dataclasses import dataclass

from fastapi import APIRouter

from payops_contracts.topics import TRANSACTIONS_ON_PAYMENTS
from payops_kernel.exports.exports import Exports
from payops_kernel.exports.manifests import INDEXES as EXPORT_INDEXES
from payops_kernel.exports.routes import export_routes
from payops_kernel.http.cursors import CursorCodec
from payops_kernel.jobs.routes import job_routes
from payops_kernel.jobs.row_work import RowWork
from payops_kernel.jobs.runner import JobRunner
from payops_kernel.jobs.store import INDEXES as JOB_INDEXES
from payops_kernel.jobs.store import Jobs
from payops_kernel.lists.reads import ListReads
from payops_kernel.lists.routes import list_routes
from payops_kernel.messaging import Parking
from payops_kernel.mongo.renewing import INDEXES as RENEWAL_INDEXES
from payops_kernel.mongo.renewing import Renewing
from payops_kernel.repository import MongoRepository
from payops_kernel.restoring import Restoring
from payops_kernel.runtime import Runtime, build_runtime
from payops_kernel.zones import Zone
from transactions.api.bulk_invoices import bulk_invoice_routes
from transactions.api.bulk_refunds import bulk_refund_routes
from transactions.api.invoices import invoice_routes
from transactions.api.notifications import notification_routes
from transactions.api.refunds import refund_routes
from transactions.api.transaction_list import TRANSACTION_LIST
from transactions.api.transactions import transaction_routes
from transactions.consumers import payment_facts
from transactions.domain.transaction import Transaction
from transactions.invoicing.pdf_renderer import PdfRenderer
from transactions.invoicing.rendering import checked
from transactions.mail.composing import Composer, Templates
from transactions.mail.sending import SmtpServer
from transactions.settings import Settings
from transactions.store.bulk_invoices import INDEXES as BULK_INVOICE_INDEXES
from transactions.store.bulk_invoices import (
    InvoiceFiles,
    InvoiceRows,
    InvoiceWork,
    MongoBulkInvoices,
)
from transactions.store.bulk_refunds import INDEXES as BULK_INDEXES
from transactions.store.bulk_refunds import MongoBulkRefunds, RefundRows
from transactions.store.invoices import INDEXES as INVOICE_INDEXES
from transactions.store.invoices import MongoInvoices
from transactions.store.restoring import RestoredTransactions
from transactions.store.transactions import (
    INDEXES,
    SEARCH_RENEWAL,
    transaction_repository,
)
from transactions.use_cases.ask_again import AskAgain
from transactions.use_cases.bulk_invoice import KIND as BULK_INVOICE
from transactions.use_cases.bulk_invoice import BulkInvoice
from transactions.use_cases.bulk_refund import KIND as BULK_REFUND
from transactions.use_cases.bulk_refund import BulkRefund
from transactions.use_cases.due_after_step import REFUND_UNANSWERED, DueAfterStep
from transactions.use_cases.issue_invoice import InvoiceSettings, IssueInvoice
from transactions.use_cases.notify_customer import DUE_KIND as MAIL
from transactions.use_cases.notify_customer import NotifyCustomer, SendMail
from transactions.use_cases.request_refund import RequestRefund

SERVICE = "transactions"


@dataclass(frozen=True, slots=True)
class Service:
    """The parts that routes and tests reach for."""

    runtime: Runtime
    routers: tuple[APIRouter, ...]


def bootstrap(settings: Settings) -> Service:
    """Join the parts; nothing connects before the app starts."""
    runtime = build_runtime(SERVICE, settings)
    db, worker, clock = runtime.mongo.db, runtime.worker, runtime.clock
    commands, zone = runtime.commands, Zone(settings.zone)
    transactions = transaction_repository(db, DueAfterStep(clock))
    collection = transactions.store.collection
    parking = Parking(SERVICE, collection, worker.due, clock, worker.dead_letters)
    worker.store(INDEXES, views=[TRANSACTION_LIST.view("transactions_view")])
    facts = payment_facts(transactions, worker.due.rows, parking)
    worker.consume(TRANSACTIONS_ON_PAYMENTS, facts)
    worker.due.handle(REFUND_UNANSWERED, AskAgain(transactions))
    mailing = _mailing(settings, runtime, transactions, zone)
    worker.due.call(MAIL, mailing.send, mailing.settle)
    reads = ListReads(db, TRANSACTION_LIST)
    cursors = CursorCodec(settings.cursor_key)
    jobs = Jobs(db, SERVICE)
    runner = JobRunner(jobs)
    request_refund = RequestRefund(transactions)
    exports = Exports(runtime.mongo, runner, commands, [TRANSACTION_LIST.export], zone)
    worker.store(
        {**JOB_INDEXES, **EXPORT_INDEXES, **BULK_INDEXES, **INVOICE_INDEXES, **RENEWAL_INDEXES}
    )
    worker.store(BULK_INVOICE_INDEXES)
    worker.run_in_background(runner.run)
    worker.run_in_background(exports.sweep)
    worker.run_in_background(Renewing(db, SEARCH_RENEWAL).run)
    worker.run_in_background(_restoring(runtime).run)
    return Service(
        runtime,
        (
            # Before /transactions/{transaction_id}, which would take "export" for an id.
            list_routes(TRANSACTION_LIST, reads, exports, cursors),
            export_routes(exports.manifests),
            job_routes(jobs, commands, cursors),
            _bulk_refunds(runtime, request_refund, runner, zone),
            transaction_routes(reads),
            refund_routes(commands, reads, request_refund),
            notification_routes(commands, NotifyCustomer(transactions)),
            *_invoices(runtime, settings, transactions, reads, runner),
        ),
    )


def _mailing(
    settings: Settings,
    runtime: Runtime,
    transactions: MongoRepository[Transaction],
    zone: Zone,
) -> SendMail:
    templates = Templates(settings.mail_locale, settings.mail_templates)
    composer = Composer(templates, settings.mail_sender, runtime.clock.now)
    server = SmtpServer(settings.mail_access())
    return SendMail(transactions, server, composer, runtime.clock, zone)


def _bulk_refunds(
    runtime: Runtime, request_refund: RequestRefund, runner: JobRunner, zone: Zone
) -> APIRouter:
    rows = RefundRows(request_refund)
    runner.handle(BULK_REFUND, RowWork(runtime.mongo, runtime.worker.works, runner.jobs, rows))
    bulk = BulkRefund(MongoBulkRefunds(runtime.mongo.db, runner))
    return bulk_refund_routes(runtime.commands, bulk, zone)


def _restoring(runtime: Runtime) -> Restoring:
    mongo, worker = runtime.mongo, runtime.worker
    return Restoring(
        mongo,
        runtime.settings.kafka,
        [TRANSACTIONS_ON_PAYMENTS],
        worker.outbox,
        runtime.clock,
        RestoredTransactions(mongo.db),
        worker.relay.wake,
    )


def _invoices(
    runtime: Runtime,
    settings: Settings,
    transactions: MongoRepository[Transaction],
    reads: ListReads,
    runner: JobRunner,
) -> tuple[APIRouter, ...]:
    documents = MongoInvoices(runtime.mongo.db)
    style = checked(settings.invoice_style())
    issue = IssueInvoice(
        runtime.commands,
        transactions,
        documents,
        PdfRenderer(style),
        runtime.clock,
        InvoiceSettings(style.locale, style.zone),
    )
    jobs = runner.jobs
    runner.handle(BULK_INVOICE, InvoiceWork(runtime.mongo, jobs, InvoiceRows(issue)))
    bulk = BulkInvoice(MongoBulkInvoices(runtime.mongo.db, runner))
    files = InvoiceFiles(jobs, documents)
    return (
        bulk_invoice_routes(runtime.commands, bulk, files, Zone(style.zone)),
        invoice_routes(reads, issue, documents),
    )
