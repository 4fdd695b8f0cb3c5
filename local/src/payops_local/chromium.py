"""The browser that pages are looked at with: Debian's Chromium, or the one that is named.

The one that never had a window is enough, and has less to do for a page.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

from payops_local.system_packages import install_system_package

PACKAGES = ("chromium-headless-shell", "chromium")
"""In the order in which they are tried; older systems lack the first."""
NAMES = (*PACKAGES, "chromium-browser", "google-chrome", "google-chrome-stable")
MEND = f"install Debian's package {PACKAGES[0]}, or name one in PAYOPS_CHROMIUM"
HEADLESS_OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]


def find_chromium() -> str | None:
    """The path of a Chromium; None without any."""
    named = os.environ.get("PAYOPS_CHROMIUM")
    if named:
        return named
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def find_or_install_chromium(say: Callable[[str], None]) -> str | None:
    """The path of a Chromium, installed where there is none and this user may."""
    if find_chromium() is None:
        any(install_system_package(name, say) for name in PACKAGES)
    return find_chromium()


def ensure_chromium(say: Callable[[str], None]) -> None:
    """Install one where this user may; else say what is left out, and the mend."""
    if find_or_install_chromium(say) is None:
        say(f"There is no Chromium, so the tests of pages are left out: {MEND}")
