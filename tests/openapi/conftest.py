"""Requests as a generator makes them of the OpenAPI documents."""

from pathlib import Path

import pytest
from schemathesis.pytest.plugin import SchemathesisFunction

from payops_testing.generated_requests import running as running


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What is made while it is collected is not made for nothing."""
    many = "very_many" in collection_path.name
    return True if many and not config.getoption("--full") else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have each operation's test an id of its own: workers run one test of an id.

    pytest 9.2 makes ids of what it parametrized itself; the generator's names are left out.
    """
    for item in items:
        if isinstance(item, SchemathesisFunction) and item.id.params is None:
            item._id = item.id.with_params(item.operation_label)
