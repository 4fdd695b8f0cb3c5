"""The container round as a program; further arguments go on to pytest."""

import sys
from pathlib import Path

from payops_local.console import complain
from payops_local.errors import PlatformError
from payops_testing.containers.round import run_container_round

INTERRUPTED = 130


def main() -> int:
    """pytest's exit code; 1 and a sentence where there can be no engine."""
    try:
        return run_container_round(Path(sys.executable), sys.argv[1:])
    except PlatformError as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
