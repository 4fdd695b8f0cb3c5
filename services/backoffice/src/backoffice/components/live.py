"""What pages can follow while somebody looks at them: the gateway's document says it."""

from functools import cache

from payops_contracts.openapi import committed

EVENTS = "/v1/events"


@cache
def live_kinds() -> frozenset[str]:
    """The kinds of things whose changes the gateway tells of."""
    asked = committed()["gateway"]["paths"][EVENTS]["get"]["parameters"]
    (kinds,) = (each["schema"]["items"]["enum"] for each in asked if each["name"] == "kind")
    return frozenset(kinds)


def live_kind(resource: str) -> str:
    """The kind of a resource's rows, such as of ``/v1/transactions``; empty when it has none."""
    kind = resource.rpartition("/")[2]
    return kind if kind in live_kinds() else ""
