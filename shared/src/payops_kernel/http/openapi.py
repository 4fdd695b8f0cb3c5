"""Write a service's OpenAPI document, or check that the committed one is still true.

``python -m payops_kernel.http.openapi gateway.main:create_app contracts/openapi/gateway.json
[--check]``; needs no server.
"""

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from fastapi import FastAPI


def document(app: FastAPI) -> str:
    """The app's OpenAPI 3.1 document as it is committed."""
    return json.dumps(app.openapi(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def load_factory(name: str) -> Callable[[], FastAPI]:
    """The app factory that ``package.module:function`` names."""
    module, _, attribute = name.partition(":")
    factory: Callable[[], FastAPI] = getattr(importlib.import_module(module), attribute)
    return factory


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when written or unchanged, 1 when ``--check`` finds a difference."""
    parser = argparse.ArgumentParser(prog="python -m payops_kernel.http.openapi")
    parser.add_argument("factory", help="package.module:function that makes the app")
    parser.add_argument("file", type=Path, help="where the document is kept")
    parser.add_argument("--check", action="store_true", help="only say whether it is unchanged")
    given = parser.parse_args(arguments)
    text = document(load_factory(given.factory)())
    if not given.check:
        given.file.parent.mkdir(parents=True, exist_ok=True)
        given.file.write_text(text, encoding="utf-8")
        return 0
    if given.file.exists() and given.file.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{given.file} differs from {given.factory}; run without --check.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
