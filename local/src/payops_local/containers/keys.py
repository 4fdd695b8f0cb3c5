"""Job of the compose file: the local issuer's keys, made once; and tokens signed with them.

`python -m payops_local.containers.keys FOLDER` makes what is missing in the folder.
`python -m payops_local.containers.keys FOLDER token ROLE` prints a bearer token.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from payops_local.errors import PlatformError
from payops_local.issuer import LocalIssuer

TOKEN_LIFETIME = timedelta(hours=8)


def main(arguments: Sequence[str]) -> int:
    """Exit code 0, or 1 with one sentence on standard error."""
    issuer = LocalIssuer(Path(arguments[0]), os.environ)
    try:
        issuer.ensure()
        match arguments[1:]:
            case ["token", role]:
                print(issuer.token(role, TOKEN_LIFETIME))
            case []:
                print(f"The keys of the local issuer are in {arguments[0]}.")
            case _:
                raise PlatformError("Say `FOLDER`, or `FOLDER token ROLE`.")
    except PlatformError as error:
        print(f"payops: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
