"""The browser that tests look at pages with: Debian's Chromium, or the one that is named."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

from payops_local.system_packages import install_system_package

PACKAGE = "chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MEND = "install Debian's package chromium, or name one in PAYOPS_CHROMIUM"


def find_chromium() -> str | None:
    """The path of a Chromium; None without any."""
    named = os.environ.get("PAYOPS_CHROMIUM")
    if named:
        return named
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def ensure_chromium(say: Callable[[str], None]) -> None:
    """Install one where this user may; else say what is left out, and the mend."""
    if find_chromium() is None and not install_system_package(PACKAGE, say):
        say(f"There is no Chromium, so the tests of pages are left out: {MEND}")
