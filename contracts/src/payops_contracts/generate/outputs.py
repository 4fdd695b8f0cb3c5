"""Every generated file: its path within ``contracts/`` and its text."""

import json
from pathlib import Path

from payops_contracts.generate import asyncapi, catalogue
from payops_contracts.generate.examples import binary_mode, example
from payops_contracts.generate.pages import pages_schema
from payops_contracts.generate.schemas import Json, event_schema
from payops_contracts.registry import EVENT_MODELS

ROOT = Path(__file__).resolve().parents[3]
"""``contracts/`` of this checkout."""

FOLDERS = ("schemas", "asyncapi", "examples")
"""Folders in which everything is generated; any other file there is out of date."""

BINARY_EXAMPLE = "upstream.payment.paid.v1"


def outputs() -> dict[str, str]:
    """Path → text, the same for the same models."""
    made: dict[str, str] = {}
    for event_type, model in EVENT_MODELS.items():
        made[f"schemas/{event_type}.json"] = text(event_schema(model))
        made[f"examples/{event_type}.full.json"] = text(example(model, full=True))
        made[f"examples/{event_type}.minimal.json"] = text(example(model, full=False))
    binary = binary_mode(example(EVENT_MODELS[BINARY_EXAMPLE], full=True))
    made[f"examples/{BINARY_EXAMPLE}.binary.json"] = text(binary)
    for service in asyncapi.services():
        made[f"asyncapi/{service}.json"] = text(asyncapi.document(service))
    made["schemas/pages.json"] = text(pages_schema())
    made["EVENTS.md"] = catalogue.page()
    return made


def text(document: Json) -> str:
    """JSON as it is committed: in ASCII, for patterns name characters that nobody sees."""
    return json.dumps(document, indent=2) + "\n"


def stale(root: Path) -> dict[str, str]:
    """Path → what is wrong with it: ``missing``, ``changed`` or ``not generated any more``."""
    wanted = outputs()
    problems: dict[str, str] = {}
    for path, content in wanted.items():
        file = root / path
        if not file.exists():
            problems[path] = "missing"
        elif file.read_text(encoding="utf-8") != content:
            problems[path] = "changed"
    for path in _present(root):
        if path not in wanted:
            problems[path] = "not generated any more"
    return problems


def write(root: Path) -> list[str]:
    """Bring every generated file up to date; returns the paths that were touched, sorted."""
    wanted = outputs()
    touched = sorted(stale(root))
    for path in touched:
        file = root / path
        if path in wanted:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(wanted[path], encoding="utf-8")
        else:
            file.unlink()
    return touched


def _present(root: Path) -> list[str]:
    files = (file for folder in FOLDERS for file in (root / folder).glob("*") if file.is_file())
    return [file.relative_to(root).as_posix() for file in files]
