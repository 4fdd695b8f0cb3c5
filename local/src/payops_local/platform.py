"""What every sub-command needs to know of a platform: where it is and how to get in."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from payops_local.errors import PlatformError
from payops_local.places import BROWSER_PACKAGES, CHECKOUT, DataFolder
from payops_local.ports import LOOPBACK
from payops_local.run_state import read_run_state, supervisor_record
from payops_local.services import (
    BACKOFFICE,
    CONTROLLER_OFFSET,
    GATEWAY,
    KAFKA_OFFSET,
    MONGO_OFFSET,
    REPLICA_SET,
    SERVICES,
    SMTP_OFFSET,
    Service,
    behind_gateway,
)

SHARED_SETTINGS = CHECKOUT / "deploy" / "platform.env"
HIGHEST_PORT = 65_535
TOKEN_LIFETIME = timedelta(hours=8)


@dataclass(frozen=True)
class Platform:
    """One local platform, running or about to run; handed to every sub-command's `run`.

    `kafka` is host:port (several by commas), `mongo` a mongodb:// URI, `settings` all PAYOPS_*
    values (deploy/platform.env under the environment). `external_*` say whether the server is
    somebody else's.
    """

    data: DataFolder
    port_base: int
    kafka: str
    mongo: str = field(repr=False)
    external_kafka: bool
    external_mongo: bool
    settings: Mapping[str, str] = field(repr=False)
    python: Path = Path(sys.executable)
    backoffice: bool = True
    """Whether the web pages are part of it."""

    @property
    def mongo_without_password(self) -> str:
        """The URI as it may be shown."""
        return re.sub(r"//[^/]*@", "//***@", self.mongo)

    @property
    def gateway_url(self) -> str:
        return self.url(GATEWAY)

    @property
    def services(self) -> tuple[Service, ...]:
        """The services that it consists of."""
        return tuple(each for each in SERVICES if self.backoffice or each.name != BACKOFFICE)

    @property
    def backoffice_url(self) -> str | None:
        """Where the pages are; None on a platform without them."""
        return self.url(BACKOFFICE) if BACKOFFICE in {each.name for each in self.services} else None

    def port(self, offset: int) -> int:
        return self.port_base + offset

    def url(self, service: str) -> str:
        """The HTTP address of a service by its name; raises KeyError for an unknown one."""
        offset = {each.name: each.port_offset for each in SERVICES}[service]
        return f"http://{LOOPBACK}:{self.port(offset)}"

    def database(self, service: str) -> str:
        """The name of the MongoDB database that a service owns."""
        return self.settings["PAYOPS_DATABASE_PREFIX"] + service.replace("-", "_")

    @property
    def zone(self) -> str:
        """The reporting zone (IANA)."""
        return self.settings["PAYOPS_ZONE"]

    def token(self, role: str, lifetime: timedelta = TOKEN_LIFETIME) -> str:
        """A bearer token of the local issuer; raises PlatformError before the first `up`."""
        from payops_local.issuer import LocalIssuer

        return LocalIssuer(self.data.keys, self.settings).token(role, lifetime)

    def environment(self) -> dict[str, str]:
        """The environment of every process of ours: this one's and the platform's settings."""
        return {
            **os.environ,
            **self.settings,
            "PAYOPS_KAFKA": self.kafka,
            "PAYOPS_MONGO": self.mongo,
            "PAYOPS_HOST": LOOPBACK,
            "PAYOPS_SMTP": f"{LOOPBACK}:{self.port(SMTP_OFFSET)}",
            "PAYOPS_DATA": str(self.data.root),
            "PYTHONUNBUFFERED": "1",
        }

    def simulator_environment(self) -> dict[str, str]:
        """`environment` and what only the simulator needs: who reads, where to say how far, and
        where seeded users sign in."""
        readers = [self.url(name) for name in behind_gateway()]
        return self.environment() | {
            "PAYOPS_SIMULATOR_READERS": json.dumps(readers),
            "PAYOPS_SIMULATOR_NOTICE": str(self.data.notice),
            "PAYOPS_SIMULATOR_GATEWAY": self.gateway_url,
        }

    def service_environment(self, service: Service) -> dict[str, str]:
        """`environment` and what only a service needs: its port, the keys, its neighbours."""
        from payops_local.issuer import LocalIssuer

        issuer = LocalIssuer(self.data.keys, self.settings)
        env = self.environment() | {
            "PAYOPS_PORT": str(self.port(service.port_offset)),
            "PAYOPS_AUTH_JWKS": self.settings.get("PAYOPS_AUTH_JWKS", str(issuer.jwks_path)),
            "PAYOPS_AUTH_REVOKED": f"{self.gateway_url}/.well-known/revoked-tokens",
            "PAYOPS_CURSOR_KEY": self.settings.get("PAYOPS_CURSOR_KEY", issuer.cursor_key()),
        }
        if service.name == GATEWAY:
            env["PAYOPS_LOCAL_ISSUER_KEY"] = str(issuer.key_path)
            env["PAYOPS_SERVICES"] = json.dumps({name: self.url(name) for name in behind_gateway()})
        if service.name == BACKOFFICE:
            env |= {
                "PAYOPS_GATEWAY": self.gateway_url,
                "PAYOPS_OFFER_SEEDED_USERS": "1",
                "PAYOPS_BROWSER_PACKAGES": str(BROWSER_PACKAGES),
                "PAYOPS_NOTICE": str(self.data.notice),
            }
            env.setdefault("PAYOPS_SESSION_KEY", issuer.session_key())
        return env


def platform_settings() -> dict[str, str]:
    """All PAYOPS_* settings: deploy/platform.env, and over it this process's environment."""
    lines = SHARED_SETTINGS.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    shared = {key.strip(): value.strip() for key, value in pairs}
    return shared | {key: value for key, value in os.environ.items() if key.startswith("PAYOPS_")}


def described_platform(data: DataFolder) -> Platform:
    """The platform that the settings describe; raises PlatformError for a senseless setting."""
    settings = platform_settings()
    try:
        base = int(settings["PAYOPS_PORT_BASE"])
    except ValueError:
        base = 0
    if not 1 <= base <= HIGHEST_PORT - SMTP_OFFSET:
        raise PlatformError(
            f"PAYOPS_PORT_BASE is {settings['PAYOPS_PORT_BASE']!r}: "
            f"set it to a number from 1 to {HIGHEST_PORT - SMTP_OFFSET}."
        )
    own_mongo = f"mongodb://{LOOPBACK}:{base + MONGO_OFFSET}/?replicaSet={REPLICA_SET}"
    return Platform(
        data=data,
        port_base=base,
        kafka=settings.get("PAYOPS_KAFKA") or f"{LOOPBACK}:{base + KAFKA_OFFSET}",
        mongo=settings.get("PAYOPS_MONGO") or own_mongo,
        external_kafka=bool(settings.get("PAYOPS_KAFKA")),
        external_mongo=bool(settings.get("PAYOPS_MONGO")),
        settings=settings,
    )


def running_platform(data: DataFolder) -> Platform:
    """The platform as it was last started in this folder, else as the settings describe it.

    Servers that the environment names win over those of a platform that has stopped.
    """
    described = described_platform(data)
    state = read_run_state(data)
    if state is None:
        return described
    runs = supervisor_record(data).live_pid() is not None
    own_kafka = runs or not described.external_kafka
    own_mongo = runs or not described.external_mongo
    return Platform(
        data=data,
        port_base=state.port_base,
        kafka=state.kafka if own_kafka else described.kafka,
        mongo=state.mongo if own_mongo else described.mongo,
        external_kafka=state.external_kafka if own_kafka else True,
        external_mongo=state.external_mongo if own_mongo else True,
        settings={**described.settings, **state.settings},
        backoffice=state.backoffice,
    )


def require_servers_as_named(platform: Platform) -> None:
    """The environment names no other servers than those that the running platform uses.

    Work meant for one of them must not reach the other. Raises PlatformError.
    """
    for variable, used in (("PAYOPS_KAFKA", platform.kafka), ("PAYOPS_MONGO", platform.mongo)):
        if platform.settings.get(variable) not in (None, "", used):
            raise PlatformError(
                f"{variable} names another server than the one that the platform running from "
                f"{platform.data.root} uses: unset it, or name another folder with --data to leave "
                "that platform out."
            )


def needed_ports(platform: Platform) -> dict[int, str]:
    """Every port that `up` will listen on, with the name of who listens."""
    ports = {platform.port(each.port_offset): each.name for each in platform.services}
    if not platform.external_kafka:
        ports[platform.port(KAFKA_OFFSET)] = "kafka"
        ports[platform.port(CONTROLLER_OFFSET)] = "kafka's controller"
    if not platform.external_mongo:
        ports[platform.port(MONGO_OFFSET)] = "mongod"
    ports[platform.port(SMTP_OFFSET)] = "the mail sink"
    return ports
