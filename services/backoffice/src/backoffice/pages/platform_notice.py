"""What whoever runs the platform says above every page, for as long as it holds.

A file of theirs: JSON, from language to words. Nothing is said while it is not there.
"""

import json
from pathlib import Path

from payops_kernel.logging import get_logger

ELSE = "en"
LENGTH_MAX = 300

log = get_logger(__name__)


def platform_notice(path: Path | None, language: str) -> str:
    """The words in this language, or the English ones; empty when there are none to read."""
    if path is None:
        return ""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        words: str = said.get(language, said.get(ELSE, "")).strip()
    except FileNotFoundError:
        return ""
    except (OSError, ValueError, AttributeError) as error:
        log.warning("platform_notice.not_read", path=str(path), error=type(error).__name__)
        return ""
    return words[:LENGTH_MAX]
