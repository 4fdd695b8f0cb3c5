"""The only place that builds concrete things and joins them."""

import asyncio
from collections.abc import Mapping, Set

from gateway.api.admission import admission
from gateway.api.embedding import embedding_routes
from gateway.api.forwarding import forwarding_routes
from gateway.api.operations import forwarded
from gateway.api.sign_in import key_routes, me_routes, sign_in_routes
from gateway.clients.services import ServiceClient
from gateway.clients.wire import HttpWire
from gateway.settings import Settings
from gateway.use_cases.embedding import EmbedTokens
from gateway.use_cases.sign_in import SignIn
from payops_contracts.openapi import committed
from payops_kernel.auth.issuer import TokenIssuer
from payops_kernel.auth.keys import FixedKeys, JwksKeys
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
    documents = {name: said for name, said in committed().items() if name != SERVICE}
    answered = forwarded(documents)
    services = _services(settings, documents.keys(), wires or {})
    issuer = _issuer(settings, settings.local_issuer_key)
    embedder = _issuer(settings, settings.embed_key) or issuer
    admit = admission(TokenBuckets(settings.rate_per_s, settings.rate_burst))
    runtime.health.add("services", _services_check(services, settings.zone))
    for each in services.values():
        runtime.ends.push_async_callback(each.close)
    return runtime.service(
        sign_in_routes(SignIn(issuer) if issuer else None),
        key_routes([each for each in (issuer, embedder) if each]),
        me_routes(admit),
        embedding_routes(_embed_tokens(settings, embedder), admit),
        forwarding_routes(answered.operations, services, admit),
        verifier=_verifier(settings, issuer, embedder),
        schemas=answered.schemas,
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
    settings: Settings, issuer: TokenIssuer | None, embedder: TokenIssuer | None
) -> TokenVerifier:
    own = issuer is not None and not settings.auth_jwks
    return TokenVerifier(
        FixedKeys(issuer.jwks()) if issuer and own else JwksKeys(settings.auth_jwks),
        issuer=settings.auth_issuer,
        audience=settings.auth_audience,
        scoped_keys=FixedKeys(embedder.jwks()) if embedder else None,
    )


def _services_check(services: Mapping[str, ServiceClient], zone: str) -> Check:
    """A service that is down is told and leaves the gateway ready: it costs its own part only."""

    async def check() -> Report:
        found = await asyncio.gather(*(each.readiness(zone) for each in services.values()))
        return Report(notices=tuple(sentence for sentence in found if sentence))

    return check
