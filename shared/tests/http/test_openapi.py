"""The generator of OpenAPI documents."""

import json
from pathlib import Path

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from payops_kernel.http import openapi
from payops_kernel.http.app import create_http_app
from payops_kernel.http.health import ServiceHealth
from payops_kernel.settings import ServiceSettings


def _app() -> FastAPI:
    return create_http_app(
        title="Sample",
        settings=ServiceSettings(),
        health=ServiceHealth("sample"),
        metrics=CollectorRegistry(),
    )


def test_the_document_is_written_and_a_change_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(openapi, "load_factory", lambda name: _app)
    file = tmp_path / "openapi" / "sample.json"
    assert openapi.main(["sample:app", str(file), "--check"]) == 1
    assert openapi.main(["sample:app", str(file)]) == 0
    assert openapi.main(["sample:app", str(file), "--check"]) == 0
    written = json.loads(file.read_text())
    assert written["openapi"].startswith("3.1")
    assert "Problem" in written["components"]["schemas"]
    file.write_text("{}")
    assert openapi.main(["sample:app", str(file), "--check"]) == 1
    assert "differs" in capsys.readouterr().err


def test_the_factory_is_found_by_name() -> None:
    name = "payops_kernel.http.app:create_http_app"
    assert openapi.load_factory(name) is create_http_app  # type: ignore[comparison-overlap]
