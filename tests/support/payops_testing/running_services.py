"""Services in processes of their own, on servers that are there, with some payments stored."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

import httpx

from payops_kernel.auth.issuer import TokenIssuer, new_signing_key
from payops_kernel.auth.principals import UserRole
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import connect, ensure_collections
from payops_kernel.testing import SLOW_MACHINE
from payops_local.places import BROWSER_PACKAGES
from payops_local.ports import LOOPBACK, free_ports
from payops_local.services import GATEWAY, SERVICES, Service, behind_gateway
from payops_testing.transactions.builders import a_fact, folded
from transactions.domain.facts import FactKind
from transactions.store.transactions import INDEXES, TransactionStore

WITH_AN_API = [service for service in SERVICES if service.answers_api]
READY_LIMIT_S = 150.0
STOP_LIMIT_S = 25.0 * SLOW_MACHINE
POLL_S = 0.1
PAYMENTS = 20
SESSION_KEY = "of these tests too"
EMBED_SITES = "http://localhost:*,https://shop.example"
KNOWN = {"transaction_id": "p-0"}
"""Path parameters that name something that is there."""
GENEROUS = {"PAYOPS_RATE_PER_S": "100000", "PAYOPS_RATE_BURST": "100000"}


class RunningServices:
    """The services between enter and exit; one token that may do everything."""

    def __init__(
        self,
        kafka: str,
        mongo: str,
        folder: Path,
        services: Sequence[Service] = WITH_AN_API,
        payments: int = PAYMENTS,
    ) -> None:
        """``payments``: how many are stored before the services start."""
        self._kafka, self._mongo, self._folder = kafka, mongo, folder
        self._services, self._payments = services, payments
        self._prefix = f"generated_{uuid4().hex[:8]}_"
        names = [service.name for service in services]
        self._ports = dict(zip(names, free_ports(len(names)), strict=True))
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._more: dict[str, str] = {}
        pem = new_signing_key()
        self.issuer = issuer = TokenIssuer(pem, issuer="payops-local", audience="payops")
        (folder / "key.pem").write_bytes(pem)
        (folder / "jwks.json").write_bytes(issuer.jwks())
        self.token = issuer.issue("local:admin", "Admin", [UserRole.ADMIN])

    def logs(self) -> str:
        """What the services have logged so far."""
        return "".join(file.read_text() for file in self._folder.glob("*.log"))

    def url(self, service: str) -> str:
        """Where it answers."""
        return f"http://{LOOPBACK}:{self._ports[service]}"

    def __enter__(self) -> Self:
        asyncio.run(self._prepare())
        try:
            self._start_all()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stop()

    @contextmanager
    def down(self, name: str) -> Iterator[None]:
        """A service is away within the block, and ready again after it."""
        process = self._processes[name]
        process.terminate()
        process.wait(STOP_LIMIT_S)
        try:
            yield
        finally:
            self._start(next(each for each in self._services if each.name == name))
            self._await_ready(name)

    @contextmanager
    def running_with(self, name: str, **more: str) -> Iterator[None]:
        """A service has ``more`` settings within the block: it is started anew before and after."""
        with self.down(name):
            kept, self._more = self._more, self._more | more
        try:
            yield
        finally:
            with self.down(name):
                self._more = kept

    def _start_all(self) -> None:
        for service in self._services:
            self._start(service)
        for service in self._services:
            self._await_ready(service.name)

    def _start(self, service: Service) -> None:
        log = (self._folder / f"{service.name}.log").open("ab")
        self._processes[service.name] = subprocess.Popen(
            [sys.executable, "-P", "-m", service.module],
            env=self._environment(service.name),
            stdout=log,
            stderr=subprocess.STDOUT,
        )

    async def _prepare(self) -> None:
        await ensure_topics(self._kafka)
        mongo = connect(self._mongo, f"{self._prefix}transactions")
        await ensure_collections(mongo.db, INDEXES)
        store = TransactionStore(mongo.db)
        facts = [
            a_fact(FactKind.PAID, transaction_id=f"p-{number}", event_id=f"e-{number}")
            for number in range(self._payments)
        ]
        if facts:
            await store.collection.insert_many([store.to_document(folded(fact)) for fact in facts])
        mongo.close()

    def _environment(self, service: str) -> dict[str, str]:
        return os.environ | GENEROUS | {
            "PAYOPS_KAFKA": self._kafka,
            "PAYOPS_MONGO": self._mongo,
            "PAYOPS_DATABASE_PREFIX": self._prefix,
            "PAYOPS_HOST": LOOPBACK,
            "PAYOPS_PORT": str(self._ports[service]),
            "PAYOPS_AUTH_JWKS": str(self._folder / "jwks.json"),
            "PAYOPS_AUTH_REVOKED": f"{self.url(GATEWAY)}/.well-known/revoked-tokens",
            "PAYOPS_CURSOR_KEY": "of these tests",
            "PAYOPS_LOCAL_ISSUER_KEY": str(self._folder / "key.pem"),
            "PAYOPS_SERVICES": json.dumps({name: self.url(name) for name in behind_gateway()}),
            "PAYOPS_GATEWAY": self.url(GATEWAY),
            "PAYOPS_SESSION_KEY": SESSION_KEY,
            "PAYOPS_EMBED_SITES": EMBED_SITES,
            "PAYOPS_OFFER_SEEDED_USERS": "1",
            "PAYOPS_BROWSER_PACKAGES": str(BROWSER_PACKAGES),
        } | self._more  # fmt: skip

    def _await_ready(self, service: str) -> None:
        deadline = time.monotonic() + READY_LIMIT_S
        while True:
            try:
                if httpx.get(f"{self.url(service)}/health/ready", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            if time.monotonic() > deadline:
                log = (self._folder / f"{service}.log").read_text()[-2000:]
                raise AssertionError(f"{service} is not ready: {log}")
            time.sleep(POLL_S)

    def _stop(self) -> None:
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
