"""What whoever runs the platform says above every page, for as long as it holds.

A file of theirs: JSON, from language to words. Nothing is said while it is not there.
"""

import json
from pathlib import Path

ELSE = "en"
LENGTH_MAX = 300


def platform_notice(path: Path | None, language: str) -> str | None:
    """The words in this language, or the English ones; None when there are none to read."""
    if path is None:
        return None
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        words = said.get(language, said.get(ELSE))
    except (OSError, ValueError, AttributeError):
        return None
    return words[:LENGTH_MAX] if isinstance(words, str) and words.strip() else None
