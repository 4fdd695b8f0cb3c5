"""The only place that builds concrete things and joins them."""

import asyncio
from collections.abc import Mapping, Set

from prometheus_client import Gauge

from gateway.api.admission import admission
from gateway.api.events import events_routes
from gateway.api.forwarding import forwarding_routes
from gateway.api.operations import forwarded
from gateway.api.sign_in import me_routes, sign_in_routes
from gateway.clients.services import ServiceClient
from gateway.clients.wire import HttpWire
from gateway.live.hub import Hub
from gateway.live.topics import LIVE, LiveTopic
from gateway.settings import Settings
from gateway.use_cases.sign_in import SignIn
from payops_contracts.openapi import committed
from payops_kernel.auth.issuer import TokenIssuer
from payops_kernel.auth.keys import FixedKeys
from payops_kernel.auth.tokens import TokenVerifier
from payops_kernel.http.event_streams import EventStreams
from payops_kernel.http.health import Check, Report
from payops_kernel.http.rates import TokenBuckets
from payops_kernel.messaging.tail import TopicTail
from payops_kernel.process import Process, Service
from payops_kernel.settings import UnfitSettings

SERVICE = "gateway"
STALE = "Live updates are stale since {:%Y-%m-%dT%H:%M:%SZ}: Kafka does not answer."


def bootstrap(
    settings: Settings,
    runtime: Process,
    wires: Mapping[str, HttpWire] | None = None,
    live: Mapping[str, LiveTopic] = LIVE,
) -> Service[Process]:
    """Join the parts; nothing connects yet. ``wires`` (by service) and ``live`` are for tests.

    Raises ``UnfitSettings`` for an address of a service that has no document.
    """
    documents = {name: said for name, said in committed().items() if name != SERVICE}
    answered = forwarded(documents)
    services = _services(settings, documents.keys(), wires or {})
    issuer = _issuer(settings)
    admit = admission(TokenBuckets(settings.rate_per_s, settings.rate_burst))
    runtime.health.add("services", _services_check(services, settings.zone))
    for each in services.values():
        runtime.ends.push_async_callback(each.close)
    hub, streams = Hub(live), EventStreams(runtime.health, runtime.registry)
    _follow(runtime, live, hub, streams)
    return runtime.service(
        sign_in_routes(SignIn(issuer) if issuer else None, issuer),
        me_routes(admit),
        events_routes(hub, streams, admit),
        forwarding_routes(answered.operations, services, admit),
        verifier=_verifier(settings, issuer),
        schemas=answered.schemas,
    )


def _services(
    settings: Settings, names: Set[str], wires: Mapping[str, HttpWire]
) -> dict[str, ServiceClient]:
    urls = dict.fromkeys(names, "") | {n: str(url) for n, url in settings.services.items()}
    if unknown := sorted(urls.keys() - names):
        raise UnfitSettings(f"PAYOPS_SERVICES: no OpenAPI document of {', '.join(unknown)}.")
    return {name: ServiceClient(name, url, wires.get(name)) for name, url in urls.items()}


def _issuer(settings: Settings) -> TokenIssuer | None:
    if not settings.local_issuer_key:
        return None
    return TokenIssuer.from_file(
        settings.local_issuer_key,
        issuer=settings.auth_issuer,
        audience=settings.auth_audience,
    )


def _verifier(settings: Settings, issuer: TokenIssuer | None) -> TokenVerifier:
    if issuer is None or settings.auth_jwks:
        return TokenVerifier.from_settings(settings)
    return TokenVerifier(
        FixedKeys(issuer.jwks()), issuer=settings.auth_issuer, audience=settings.auth_audience
    )


def _follow(
    runtime: Process, live: Mapping[str, LiveTopic], hub: Hub, streams: EventStreams
) -> None:
    """One reader of Kafka a process, while it runs; without Kafka all but it works."""
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


def _services_check(services: Mapping[str, ServiceClient], zone: str) -> Check:
    """A service that is down is told and leaves the gateway ready: it costs its own part only."""

    async def check() -> Report:
        found = await asyncio.gather(*(each.readiness(zone) for each in services.values()))
        return Report(notices=tuple(sentence for sentence in found if sentence))

    return check
