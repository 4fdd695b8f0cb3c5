"""Job of the compose file: mongod becomes the primary of a replica set of one.

`python -m payops_local.containers.replica_set` reads PAYOPS_MONGO, a URI that names the member's
host as the services see it, and the set. A set that is there already stays as it is.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from payops_local.connections import MongoClient, OperationFailure, PyMongoError, parse_uri

PRIMARY_LIMIT_S = 60.0
PROBE_TIMEOUT_MS = 2_000
POLL_S = 0.2
_NOT_YET_INITIALIZED = 94


def ensure_primary(uri: str, limit_s: float = PRIMARY_LIMIT_S) -> bool:
    """Initiate the set when new and wait for its primary; False when the limit passes first."""
    named = parse_uri(uri)
    host, port = named["nodelist"][0]
    member = f"{host}:{port}"
    deadline = time.monotonic() + limit_s
    client: MongoClient[dict[str, Any]] = MongoClient(
        member,
        directConnection=True,
        serverSelectionTimeoutMS=PROBE_TIMEOUT_MS,
        connectTimeoutMS=PROBE_TIMEOUT_MS,
    )
    with client:
        while time.monotonic() < deadline:
            if _is_primary(client, named["options"]["replicaSet"], member):
                return True
            time.sleep(POLL_S)
    return False


def _is_primary(client: MongoClient[dict[str, Any]], name: str, member: str) -> bool:
    try:
        if client.admin.command("hello").get("isWritablePrimary"):
            return True
        client.admin.command("replSetGetStatus")
    except OperationFailure as refusal:
        if refusal.code == _NOT_YET_INITIALIZED:
            config = {"_id": name, "members": [{"_id": 0, "host": member}]}
            client.admin.command("replSetInitiate", config)
    except PyMongoError:
        return False
    return False


def main() -> int:
    """Exit code 0 once there is a primary, else 1."""
    uri = os.environ["PAYOPS_MONGO"]
    if ensure_primary(uri):
        print("The replica set has its primary.")
        return 0
    print(f"payops: no primary within {PRIMARY_LIMIT_S:.0f} s", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
