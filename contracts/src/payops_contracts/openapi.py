"""The committed OpenAPI documents: what each service answers, and to whom."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "openapi"
"""Beside the folder of the sources, in a checkout as in an image."""


def committed() -> dict[str, dict[str, Any]]:
    """Each service's document by the service's name; ``FileNotFoundError`` without the folder."""
    files = sorted(file for file in FOLDER.iterdir() if file.suffix == ".json")
    return {file.stem: json.loads(file.read_bytes()) for file in files}
