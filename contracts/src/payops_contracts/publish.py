"""``python -m payops_contracts.publish TYPE ... | --all``: release event types as they are now."""

import argparse
import sys
from pathlib import Path

from payops_contracts.registry import EVENT_MODELS
from payops_contracts.snapshots import PUBLISHED, publish


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0, or 1 when a type is unknown or would break an earlier release of itself."""
    parser = argparse.ArgumentParser(prog="python -m payops_contracts.publish")
    parser.add_argument("types", nargs="*", metavar="TYPE", help="an event type to release")
    parser.add_argument("--all", action="store_true", help="release every event type")
    parser.add_argument("--root", type=Path, default=PUBLISHED, help="the folder of releases")
    options = parser.parse_args(arguments)
    types = list(EVENT_MODELS) if options.all else options.types
    if not types:
        parser.error("name at least one event type, or --all")
    failures = 0
    for event_type in types:
        try:
            file = publish(event_type, options.root)
        except ValueError as error:
            failures += 1
            sys.stderr.write(f"not published: {error}\n")
        else:
            state = "was published already" if file is None else f"published as {file.stem}"
            sys.stdout.write(f"{event_type}: {state}\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
