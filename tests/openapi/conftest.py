"""Requests as a generator makes them of the OpenAPI documents."""

from pathlib import Path

import pytest

from payops_testing.generated_requests import running as running


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What is made while it is collected is not made for nothing."""
    many = "very_many" in collection_path.name
    return True if many and not config.getoption("--full") else None
