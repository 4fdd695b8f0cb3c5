"""Where things lie: the checkout, its `.payops` folder and a platform's own data folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
"""The folder that holds the `payops` command."""

INSTALLED = CHECKOUT / ".payops"
"""Everything fetched or made at run time; never committed."""

KAFKA_LIBRARIES = INSTALLED / "kafka"
BROWSER_PACKAGES = INSTALLED / "browser" / "node_modules"
"""What npm fetched for browsers."""

CURRENT_PLATFORM = INSTALLED / "current-platform"
"""Holds the path of the data folder that the last `up` used."""


@dataclass(frozen=True)
class DataFolder:
    """The folder of one platform: server data, keys, mail, logs and run state."""

    root: Path

    @property
    def kafka(self) -> Path:
        return self.root / "kafka"

    @property
    def mongo(self) -> Path:
        return self.root / "mongo"

    @property
    def mail(self) -> Path:
        return self.root / "mail"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def notice(self) -> Path:
        """What the pages say above everything, while the file is there."""
        return self.run / "notice.json"


def default_data_folder() -> DataFolder:
    """Where `up` keeps its data when neither --data nor PAYOPS_DATA says otherwise."""
    named = os.environ.get("PAYOPS_DATA")
    return DataFolder(Path(named).absolute() if named else INSTALLED / "data")


def running_data_folder() -> DataFolder:
    """The data folder that the other commands look at when none is named.

    PAYOPS_DATA wins; else the folder of the last `up`; else the default one.
    """
    if not os.environ.get("PAYOPS_DATA") and CURRENT_PLATFORM.is_file():
        noted = Path(CURRENT_PLATFORM.read_text(encoding="utf-8").strip())
        if noted.is_dir():
            return DataFolder(noted)
    return default_data_folder()
