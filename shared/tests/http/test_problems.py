"""The catalogue of errors."""

import importlib
import pkgutil

import pytest

import payops_kernel
from payops_kernel.errors import PayOpsError
from payops_kernel.http.problems import catalogue, pointer


def test_every_error_of_the_kernel_has_a_code_of_its_own() -> None:
    for module in pkgutil.walk_packages(payops_kernel.__path__, "payops_kernel."):
        if ".testing" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found = catalogue()
    assert {"not_found", "unauthenticated", "cursor_refused", "rate_limited"} <= found.keys()
    for code, error in found.items():
        assert code.replace("_", "").isalnum(), error
        assert 400 <= error.status <= 599, error
        assert error.__doc__, error


def test_two_errors_with_one_code_are_found() -> None:
    class Doubled(PayOpsError):
        code = "not_found"

    with pytest.raises(ValueError, match="share not_found"):
        catalogue()
    # Subclasses are remembered weakly; a code that nobody else has leaves the catalogue whole.
    Doubled.code = "doubled_sample"
    assert "doubled_sample" in catalogue()


def test_pointers_escape_as_rfc_6901_says() -> None:
    assert pointer(("body", "a/b", 0, "~")) == "/body/a~1b/0/~0"
