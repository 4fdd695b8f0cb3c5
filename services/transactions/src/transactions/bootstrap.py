"""The only place that builds concrete things and joins them."""

from dataclasses import dataclass

from fastapi import APIRouter

from payops_contracts.topics import TRANSACTIONS_ON_PAYMENTS
from payops_kernel.exports.exports import Exports
from payops_kernel.exports.manifests import INDEXES as EXPORT_INDEXES
from payops_kernel.exports.routes import export_routes
from payops_kernel.http.cursors import CursorCodec
from payops_kernel.jobs.routes import job_routes
from payops_kernel.jobs.rows_together import RowsTogether
from payops_kernel.jobs.runner import JobRunner
from payops_kernel.jobs.store import INDEXES as JOB_INDEXES
from payops_kernel.jobs.store import Jobs
from payops_kernel.lists.reads import ListReads
from payops_kernel.lists.routes import list_routes
from payops_kernel.messaging import FollowUp, Parking
from payops_kernel.mongo.renewing import INDEXES as RENEWAL_INDEXES
from payops_kernel.mongo.renewing import Renewing
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
from transactions.invoicing.printing import Printer
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
from transactions.store.transaction_writes import REFUND_DUE, MongoTransactionWrites
from transactions.store.transactions import INDEXES, SEARCH_RENEWAL, TransactionStore
from transactions.use_cases.ask_again import AskAgain
from transactions.use_cases.bulk_invoice import KIND as BULK_INVOICE
from transactions.use_cases.bulk_invoice import BulkInvoice
from transactions.use_cases.bulk_refund import KIND as BULK_REFUND
from transactions.use_cases.bulk_refund import BulkRefund
from transactions.use_cases.issue_invoice import InvoiceSettings, IssueInvoice
from transactions.use_cases.notify_customer import DUE_KIND as MAIL
from transactions.use_cases.notify_customer import MailAfterStep, NotifyCustomer, SendMail
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
    zone = Zone(settings.zone)
    store = TransactionStore(db)
    writes = MongoTransactionWrites(db, worker.due.rows)
    parking = Parking(
        SERVICE, store.collection, worker.due, clock, worker.outbox, worker.dead_letters
    )
    worker.store(INDEXES, views=[TRANSACTION_LIST.view("transactions_view")])
    mails = FollowUp(worker.due.rows, MailAfterStep(clock))
    worker.consume(TRANSACTIONS_ON_PAYMENTS, payment_facts(store, parking, mails))
    worker.due.handle(REFUND_DUE, AskAgain(writes, worker.outbox, clock, worker.relay.wake))
    mailing = _mailing(settings, runtime, writes, zone)
    worker.due.call(MAIL, mailing.send, mailing.settle)
    notify = NotifyCustomer(runtime.commands, writes, worker.due.rows)
    reads = ListReads(db, TRANSACTION_LIST)
    cursors = CursorCodec(settings.cursor_key)
    jobs = Jobs(db, SERVICE)
    runner = JobRunner(jobs)
    request_refund = RequestRefund(runtime.commands, writes)
    exports = Exports(runtime.mongo, runner, runtime.commands, [TRANSACTION_LIST.export], zone)
    worker.store(
        {**JOB_INDEXES, **EXPORT_INDEXES, **BULK_INDEXES, **INVOICE_INDEXES, **RENEWAL_INDEXES}
    )
    worker.store(BULK_INVOICE_INDEXES)
    worker.beside(runner.run)
    worker.beside(exports.sweep)
    worker.beside(Renewing(db, SEARCH_RENEWAL).run)
    worker.beside(_restoring(runtime).run)
    return Service(
        runtime,
        (
            # Before /transactions/{transaction_id}, which would take "export" for an id.
            list_routes(TRANSACTION_LIST, reads, exports, cursors),
            export_routes(exports.manifests),
            job_routes(jobs, runtime.commands, cursors),
            _bulk_refunds(runtime, request_refund, runner, zone),
            transaction_routes(reads),
            refund_routes(reads, request_refund),
            notification_routes(notify),
            *_invoices(runtime, settings, writes, reads, runner),
        ),
    )


def _mailing(
    settings: Settings, runtime: Runtime, writes: MongoTransactionWrites, zone: Zone
) -> SendMail:
    worker, clock = runtime.worker, runtime.clock
    templates = Templates(settings.mail_locale, settings.mail_templates)
    composer = Composer(templates, settings.mail_sender, clock.now)
    server = SmtpServer(settings.mail_access())
    return SendMail(
        writes, worker.due.rows, server, composer, worker.outbox, clock, worker.relay.wake, zone
    )


def _bulk_refunds(
    runtime: Runtime, request_refund: RequestRefund, runner: JobRunner, zone: Zone
) -> APIRouter:
    jobs = runner.jobs
    rows = RefundRows(runtime.commands, request_refund)
    runner.handle(BULK_REFUND, RowsTogether(runtime.mongo, jobs, rows))
    store = MongoBulkRefunds(runtime.mongo.db, jobs)
    return bulk_refund_routes(BulkRefund(runtime.commands, store, submitted=runner.wake), zone)


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
    writes: MongoTransactionWrites,
    reads: ListReads,
    runner: JobRunner,
) -> tuple[APIRouter, ...]:
    papers = MongoInvoices(runtime.mongo.db)
    style = checked(settings.invoice_style())
    issue = IssueInvoice(
        runtime.commands,
        writes,
        papers,
        Printer(style),
        runtime.clock,
        InvoiceSettings(style.locale, style.zone),
    )
    jobs = runner.jobs
    runner.handle(BULK_INVOICE, InvoiceWork(runtime.mongo, jobs, InvoiceRows(issue)))
    bulk = BulkInvoice(
        runtime.commands, MongoBulkInvoices(runtime.mongo.db, jobs), submitted=runner.wake
    )
    return (
        bulk_invoice_routes(bulk, InvoiceFiles(jobs, papers), Zone(style.zone)),
        invoice_routes(reads, issue, papers),
    )
