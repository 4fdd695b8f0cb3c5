"""The only place that builds concrete things and joins them."""

import asyncio
from collections.abc import Mapping, Set
from typing import NamedTuple

from fastapi import APIRouter
from prometheus_client import Gauge

from gateway.api.admission import Admission, AdmittingVerifier
from gateway.api.audit_list import AUDIT_LIST
from gateway.api.dead_letter_list import DEAD_LETTER_LIST
from gateway.api.dead_letters import dead_letter_routes
from gateway.api.embedding import embedding_routes
from gateway.api.events import events_routes
from gateway.api.forwarding import forwarding_routes
from gateway.api.jobs import JOBS_PATH, AllJobs, all_job_routes
from gateway.api.members import member_routes
from gateway.api.operations import Forwarded, forwarded
from gateway.api.pages import action_routes, pages_routes
from gateway.api.preferences import preference_routes
from gateway.api.recurring import recurring_routes
from gateway.api.saved_views import saved_view_routes
from gateway.api.search import search_routes
from gateway.api.sign_in import key_routes, me_routes, sign_in_routes
from gateway.api.sign_out import sign_out_routes
from gateway.clients.endpoints import Endpoints
from gateway.clients.finding import OfAService, OfJobs, OfOwnList
from gateway.clients.pages_file import HeldPages, hold_pages
from gateway.clients.rows import DetailReader
from gateway.clients.services import ServiceClient
from gateway.clients.wire import HttpWire
from gateway.consumers import consume
from gateway.live.hub import Hub
from gateway.live.topics import LIVE, LiveTopic
from gateway.publishing import replayed_record
from gateway.settings import Settings
from gateway.store.audit_records import AuditRecordStore
from gateway.store.dead_letters import DeadLetterStore
from gateway.store.desks import DeskStore
from gateway.store.revoked_tokens import RevokedTokenStore
from gateway.use_cases.decide_dead_letter import DecideDeadLetter, dead_letter_not_found
from gateway.use_cases.desk_changes import DeskChanges
from gateway.use_cases.embedding import EmbedTokens
from gateway.use_cases.run_page_action import RunPageAction
from gateway.use_cases.search import Search
from gateway.use_cases.sign_in import SignIn
from gateway.use_cases.sign_out import SignOut
from payops_contracts.openapi import committed
from payops_contracts.topics import WITH_DEAD_LETTERS
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.issuer import TokenIssuer
from payops_kernel.auth.keys import FixedKeys, JwksKeys
from payops_kernel.auth.revoked import RevokedTokens
from payops_kernel.auth.tokens import TokenVerifier
from payops_kernel.http.cursors import CursorCodec
from payops_kernel.http.event_streams import EventStreams
from payops_kernel.http.health import Check, Report
from payops_kernel.http.rates import TokenBuckets
from payops_kernel.jobs.reads import JobReads
from payops_kernel.lists.reads import ListReads
from payops_kernel.messaging.tail import TopicTail
from payops_kernel.mongo import PyMongoError
from payops_kernel.repository import MongoRepository
from payops_kernel.runtime import Runtime, Service
from payops_kernel.settings import UnfitSettings

SERVICE = "gateway"
SEARCHED = {
    "transactions": "transaction_id",
    "subscriptions": "subscription_id",
    "checkout-rules": "rule_id",
    "charges": "charge_id",
    "debit-attempts": "debit_id",
    "debit-batches": "batch_code",
    "members": "mpass_number",
    "debit-exceptions": "exception_id",
    "billing-cycles": "billing_cycle_code",
}
STALE = "Live updates are stale since {:%Y-%m-%dT%H:%M:%SZ}: Kafka does not answer."


def bootstrap(
    settings: Settings,
    runtime: Runtime,
    wires: Mapping[str, HttpWire] | None = None,
    live: Mapping[str, LiveTopic] = LIVE,
) -> Service[Runtime]:
    """Join the parts; nothing connects yet. ``wires`` (by service) and ``live`` are for tests.

    Raises ``UnfitSettings`` for an address of a service that has no document.
    """
    documents = committed()
    own = documents.pop(SERVICE, {})
    answered = forwarded(documents)
    services = _services(settings, documents.keys(), wires or {})
    issuer = _issuer(settings, settings.local_issuer_key)
    embedder = _issuer(settings, settings.embed_key) or issuer
    admit: Admission = requires
    held = hold_pages(settings.pages, settings.pages_sha256, settings.pages_copies, own)
    pages = held.effective.pages
    reads = _reads(answered, services)
    _add_checks(runtime, services, held)
    kept = runtime.store(RevokedTokenStore)
    revoked = RevokedTokens(kept.all, (TimeoutError, PyMongoError))
    hub, streams = _live(runtime, live, revoked)
    gathered = _gathered(runtime)
    have_jobs = {n: services[n] for n, said in documents.items() if JOBS_PATH in said["paths"]}
    own_jobs = JobReads(runtime.jobs.jobs)
    find_jobs = OfJobs(SERVICE, own_jobs, have_jobs)
    return runtime.service(
        sign_in_routes(SignIn(issuer) if issuer else None),
        key_routes([each for each in (issuer, embedder) if each]),
        sign_out_routes(admit, SignOut(kept, revoked), revoked),
        me_routes(admit),
        pages_routes(admit, held.effective, held.notice),
        action_routes(pages, _run_action(runtime, settings, DetailReader(pages, reads))),
        events_routes(hub, streams, admit),
        *_desk(runtime, admit),
        dead_letter_routes(admit, runtime.commands, gathered.dead, gathered.decide),
        all_job_routes(admit, AllJobs(have_jobs, own_jobs, SERVICE, runtime.cursors)),
        search_routes(admit, _search(reads, find_jobs, gathered, runtime.cursors)),
        member_routes(admit, reads),
        recurring_routes(admit, reads),
        embedding_routes(_embed_tokens(settings, embedder), admit),
        forwarding_routes(answered.operations, services, admit),
        verifier=AdmittingVerifier(
            _verifier(settings, issuer, embedder, revoked),
            TokenBuckets(settings.rate_per_s, settings.rate_burst),
        ),
        schemas=answered.schemas,
    )


def _add_checks(runtime: Runtime, services: Mapping[str, ServiceClient], held: HeldPages) -> None:
    runtime.health.add("services", _services_check(services, runtime.settings.zone))
    runtime.health.add("pages", lambda: Report(notices=(held.notice,) if held.notice else ()))
    runtime.health.tolerate("MongoDB", "worker")
    for each in services.values():
        runtime.ends.push_async_callback(each.close)


def _search(
    reads: Mapping[str, ServiceClient], jobs: OfJobs, own: "_Gathered", cursors: CursorCodec
) -> Search:
    return Search(
        (
            *(OfAService(k, i, s) for k, i in SEARCHED.items() if (s := reads.get(f"/v1/{k}"))),
            jobs,
            OfOwnList(SERVICE, DEAD_LETTER_LIST, own.dead, "dead_letter_id", "_id", cursors),
            OfOwnList(SERVICE, AUDIT_LIST, own.audited, "target_id", "target_id", cursors),
        )
    )


def _reads(answered: Forwarded, of: Mapping[str, ServiceClient]) -> dict[str, ServiceClient]:
    reads = (each for each in answered.operations if each.method == "get" and not each.is_by_id)
    return {each.path: of[each.service] for each in reads}


def _run_action(runtime: Runtime, settings: Settings, rows: DetailReader) -> RunPageAction:
    endpoints = Endpoints(settings.action_secret, required=bool(rows.called_for))
    runtime.ends.push_async_callback(endpoints.close)
    return RunPageAction(runtime.commands, rows, endpoints.ask)


def _desk(runtime: Runtime, admit: Admission) -> tuple[APIRouter, ...]:
    desks = runtime.store(DeskStore)
    changes = DeskChanges(desks)
    return (
        preference_routes(admit, runtime.commands, desks, changes),
        saved_view_routes(admit, runtime.commands, desks, changes),
    )


class _Gathered(NamedTuple):
    """What is gathered from all services, and what can be done about it."""

    audited: ListReads
    dead: ListReads
    decide: DecideDeadLetter


def _gathered(runtime: Runtime) -> _Gathered:
    """Audit log and dead letters; their lists and files come along."""
    runtime.among_others()
    dead = runtime.store(DeadLetterStore)
    letters = MongoRepository(dead, missing=dead_letter_not_found, says=replayed_record)
    consume(runtime, runtime.store(AuditRecordStore), dead)
    takes = {of.topic.name: of.topic.message_bytes_max for of in WITH_DEAD_LETTERS}
    return _Gathered(
        runtime.add_list(AUDIT_LIST),
        runtime.add_list(DEAD_LETTER_LIST),
        DecideDeadLetter(letters, takes),
    )


def _services(
    settings: Settings, names: Set[str], wires: Mapping[str, HttpWire]
) -> dict[str, ServiceClient]:
    urls = dict.fromkeys(names, "") | {n: str(url) for n, url in settings.services.items()}
    if unknown := sorted(urls.keys() - names):
        raise UnfitSettings(f"PAYOPS_SERVICES: no OpenAPI document of {', '.join(unknown)}.")
    return {name: ServiceClient(name, url, wires.get(name)) for name, url in urls.items()}


def _issuer(settings: Settings, key_file: str) -> TokenIssuer | None:
    if not key_file:
        return None
    return TokenIssuer.from_file(
        key_file, issuer=settings.auth_issuer, audience=settings.auth_audience
    )


def _embed_tokens(settings: Settings, embedder: TokenIssuer | None) -> EmbedTokens | None:
    return EmbedTokens(embedder, settings.embed_sites) if embedder else None


def _verifier(
    settings: Settings,
    issuer: TokenIssuer | None,
    embedder: TokenIssuer | None,
    revoked: RevokedTokens,
) -> TokenVerifier:
    own = issuer is not None and not settings.auth_jwks
    return TokenVerifier(
        FixedKeys(issuer.jwks()) if issuer and own else JwksKeys(settings.auth_jwks),
        issuer=settings.auth_issuer,
        audience=settings.auth_audience,
        scoped_keys=FixedKeys(embedder.jwks()) if embedder else None,
        revoked=revoked,
    )


def _live(
    runtime: Runtime, live: Mapping[str, LiveTopic], revoked: RevokedTokens
) -> tuple[Hub, EventStreams]:
    """One reader of Kafka a process, while it runs; without Kafka all but it works."""
    hub = Hub(live)
    streams = EventStreams(runtime.health, runtime.registry, is_revoked=revoked.holds)
    tail = TopicTail(runtime.settings.kafka, [each.topic.name for each in live.values()], hub)
    hub.source = tail
    runtime.run_in_background(tail.run)
    behind = Gauge("payops_event_reader_lag", "Records not yet read", registry=runtime.registry)
    behind.set_function(lambda: tail.behind)

    def check() -> Report:
        since = tail.stale_since
        streaming = {
            "open": len(streams),
            "following": tail.following,
            "behind": tail.behind,
            "stale_since": since,
        }
        stale = () if since is None else (STALE.format(since),)
        return Report(notices=stale, facts={"streams": streaming})

    runtime.health.add("live updates", check)
    return hub, streams


def _services_check(services: Mapping[str, ServiceClient], zone: str) -> Check:
    """A service that is down is told and leaves the gateway ready: it costs its own part only."""

    async def check() -> Report:
        found = await asyncio.gather(*(each.readiness(zone) for each in services.values()))
        return Report(notices=tuple(sentence for sentence in found if sentence))

    return check
