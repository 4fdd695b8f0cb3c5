"""Every service's committed OpenAPI document is what the service says today."""

from pathlib import Path

import pytest

from payops_kernel.http import openapi

ROOT = Path(__file__).parents[2]
PAGES = "backoffice"
"""It answers people with pages, and has no API to document."""
MAINS = sorted(
    main for main in (ROOT / "services").glob("*/src/*/main.py") if main.parents[2].name != PAGES
)


@pytest.mark.parametrize("main", MAINS, ids=lambda main: main.parents[2].name)
def test_the_committed_document_is_unchanged(main: Path) -> None:
    committed = ROOT / "contracts" / "openapi" / f"{main.parents[2].name}.json"
    assert openapi.main([f"{main.parent.name}.main:create_app", str(committed), "--check"]) == 0


def test_every_document_belongs_to_a_service() -> None:
    services = {main.parents[2].name for main in MAINS}
    documents = {file.stem for file in (ROOT / "contracts" / "openapi").glob("*.json")}
    assert documents == services
