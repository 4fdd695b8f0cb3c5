"""A platform for the calls that talk to servers directly: addresses, a folder, defaults."""

from __future__ import annotations

from pathlib import Path

from payops_local.places import DataFolder
from payops_local.platform import Platform, platform_settings


def platform(folder: Path, kafka: str, mongo: str = "", **settings: str) -> Platform:
    """A platform whose services are not running, on the servers named."""
    return Platform(
        data=DataFolder(folder),
        port_base=1,
        kafka=kafka,
        mongo=mongo,
        external_kafka=True,
        external_mongo=True,
        settings=platform_settings() | settings,
    )
