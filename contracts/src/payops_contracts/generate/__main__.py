"""``python -m payops_contracts.generate [--check]``: bring the generated files up to date."""

import argparse
import sys
from pathlib import Path

from payops_contracts.generate.outputs import ROOT, stale, write


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0, or 1 when ``--check`` finds a file that is not what the models say."""
    parser = argparse.ArgumentParser(prog="python -m payops_contracts.generate")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when stale")
    parser.add_argument("--root", type=Path, default=ROOT, help="the contracts folder")
    options = parser.parse_args(arguments)
    if not options.check:
        touched = write(options.root)
        sys.stdout.write("".join(f"{path}\n" for path in touched) or "nothing to change\n")
        return 0
    problems = stale(options.root)
    for path, problem in sorted(problems.items()):
        sys.stderr.write(f"{path}: {problem}; run python -m payops_contracts.generate\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
