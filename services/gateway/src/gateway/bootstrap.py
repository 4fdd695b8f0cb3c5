"""The only place that builds concrete things and joins them."""

import asyncio
from collections.abc import Mapping, Set

from gateway.api.admission import admission
from gateway.api.forwarding import forwarding_routes
from gateway.api.operations import forwarded
from gateway.api.pages import pages_routes
from gateway.api.sign_in import me_routes, sign_in_routes
from gateway.clients.pages_file import hold_pages
from gateway.clients.services import ServiceClient
from gateway.clients.wire import HttpWire
from gateway.settings import Settings
from gateway.use_cases.sign_in import SignIn
from payops_contracts.openapi import committed
from payops_kernel.auth.issuer import TokenIssuer
from payops_kernel.auth.keys import FixedKeys
from payops_kernel.auth.tokens import TokenVerifier
from payops_kernel.http.health import Check, Report
from payops_kernel.http.rates import TokenBuckets
from payops_kernel.process import Process, Service
from payops_kernel.settings import UnfitSettings

SERVICE = "gateway"


def bootstrap(
    settings: Settings, runtime: Process, wires: Mapping[str, HttpWire] | None = None
) -> Service[Process]:
    """Join the parts; nothing connects yet. ``wires`` (by service) is for tests.

    Raises ``UnfitSettings`` for an address of a service that has no document.
    """
    documents = committed()
    own = documents.pop(SERVICE, {})
    answered = forwarded(documents)
    services = _services(settings, documents.keys(), wires or {})
    issuer = _issuer(settings)
    admit = admission(TokenBuckets(settings.rate_per_s, settings.rate_burst))
    runtime.health.add("services", _services_check(services, settings.zone))
    held = hold_pages(settings.pages, settings.pages_sha256, settings.pages_copies, own)
    runtime.health.add("pages", lambda: Report(notices=(held.notice,) if held.notice else ()))
    for each in services.values():
        runtime.ends.push_async_callback(each.close)
    return runtime.service(
        sign_in_routes(SignIn(issuer) if issuer else None, issuer),
        me_routes(admit),
        pages_routes(admit, held.effective, held.notice),
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


def _services_check(services: Mapping[str, ServiceClient], zone: str) -> Check:
    """A service that is down is told and leaves the gateway ready: it costs its own part only."""

    async def check() -> Report:
        found = await asyncio.gather(*(each.readiness(zone) for each in services.values()))
        return Report(notices=tuple(sentence for sentence in found if sentence))

    return check
