"""Every service, also a later one, refuses what is known to everybody outside a demo."""

import os
import subprocess
import sys
from importlib import import_module

import pytest

from payops_kernel.settings import DemoOnly, OwnValue
from payops_local.services import SERVICES

SECRET_WORDS = {"key", "secret", "password", "token"}
START_LIMIT_S = 60
NOT_STARTED = 3


@pytest.mark.parametrize("service", [each.module for each in SERVICES])
def test_every_secret_of_a_service_with_a_default_is_marked(service: str) -> None:
    fields = import_module(f"{service}.settings").Settings.model_fields
    secrets = {name for name in fields if set(name.split("_")) & SECRET_WORDS}
    assert "cursor_key" in secrets
    for name in secrets:
        marked = any(isinstance(each, OwnValue | DemoOnly) for each in fields[name].metadata)
        # An empty secret is none: what needs it is off.
        assert marked or not fields[name].default, f"{service}: {name} has an unmarked default"


@pytest.mark.parametrize("service", [each.module for each in SERVICES])
def test_no_service_starts_with_the_default_of_a_secret(service: str) -> None:
    kept = {key: text for key, text in os.environ.items() if not key.startswith("PAYOPS_")}
    done = subprocess.run(
        [sys.executable, "-m", service], env=kept | {"PAYOPS_PORT": "0"},
        capture_output=True, text=True, timeout=START_LIMIT_S, check=False,
    )  # fmt: skip
    assert done.returncode == NOT_STARTED
    said = done.stdout + done.stderr
    assert "PAYOPS_CURSOR_KEY has its default" in said
    assert "Traceback" not in said
