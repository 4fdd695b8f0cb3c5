"""Retry policies as data: changed under their ETag, bounded by rails, followed by decisions."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from billing_debits import bootstrap
from billing_debits.domain.policies import STANDARD, WhyNot
from billing_debits.domain.rail_bounds import left_by_rails
from billing_debits.settings import Settings
from payops_contracts.charges import Rail
from payops_contracts.topics import UPSTREAM_CHARGES
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import connect
from payops_kernel.testing import eventually
from payops_kernel.testing.callers import ClientOf
from payops_testing.billing_debits.builders import START
from payops_testing.billing_debits.upstream import raised, seen, tell
from payops_testing.kernel.dropping import drop_database
from payops_testing.services import built

DAY = timedelta(days=1)
DAY_S = 24 * 3600
STANDARD_S = [DAY_S, 3 * DAY_S, 7 * DAY_S]


def left(rail: Rail, *days: int) -> tuple[int, WhyNot]:
    """What a rail leaves of a policy with these delays."""
    found = next(each for each in left_by_rails([day * DAY for day in days]) if each.rail is rail)
    return found.retries, found.why_not_more


def test_a_rails_caps_bound_any_policy_and_are_named() -> None:
    assert left(Rail.ACH, 1, 3, 7) == (2, WhyNot.RAIL_CAP)
    assert left(Rail.ACH, 1, 3) == (2, WhyNot.POLICY_USED_UP)
    assert left(Rail.ACH, 60, 60) == (2, WhyNot.POLICY_USED_UP)
    assert left(Rail.ACH, 60, 121) == (1, WhyNot.RAIL_WINDOW)
    assert left(Rail.SEPA, *[60] * 10) == (10, WhyNot.POLICY_USED_UP)
    assert left(Rail.CARD, *[1] * 16) == (15, WhyNot.RAIL_CAP)


@pytest.fixture
async def settings(kafka_address: str, mongo_uri: str) -> AsyncIterator[Settings]:
    await ensure_topics(kafka_address)
    own = f"policies_{uuid4().hex[:8]}_"
    settings = Settings(kafka=kafka_address, mongo=mongo_uri, database_prefix=own)
    yield settings
    mongo = connect(mongo_uri, settings.database(bootstrap.SERVICE))
    await drop_database(mongo)
    mongo.close()


@pytest.fixture
async def admin(settings: Settings, client_of: ClientOf) -> AsyncIterator[httpx.AsyncClient]:
    app = built(bootstrap, settings, DrivenClock(START)).http_app("test", "test")
    async with app.router.lifespan_context(app), client_of(app, UserRole.ADMIN) as client:
        yield client


async def test_a_change_under_the_etag_raises_the_version_and_the_next_decision_names_it(
    admin: httpx.AsyncClient, settings: Settings
) -> None:
    shipped = await admin.get("/v1/retry-policies/standard")
    assert (shipped.headers["etag"], shipped.json()["delays_s"]) == ('"1"', STANDARD_S)
    listed = (await admin.get("/v1/retry-policies")).json()["items"]
    assert {each["name"]: each["active"] for each in listed} == {
        "standard": True, "three-total": False,
    }  # fmt: skip
    wanted = {"delays_s": [3600, 2 * DAY_S], "reason": "Agreed with settlement"}
    path, mine = "/v1/retry-policies/standard", {"If-Match": '"1"'}
    changed = await admin.put(path, json=wanted, headers=mine)
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"'), changed.text
    assert changed.json()["changed_by"] == "local:admin"
    again = await admin.put(path, json=wanted, headers={"If-Match": '"2"'})
    assert again.json()["version"] == 2, "the same delays are no change"
    late = await admin.put(path, json={"delays_s": [60]}, headers=mine)
    assert (late.status_code, late.json()["code"]) == (412, "retry_policy_changed")
    assert "local:admin made version 2" in late.json()["detail"]

    async def decided() -> tuple[int, int]:
        charge_id = f"CH-{uuid4().hex[:12]}"
        await tell(settings, UPSTREAM_CHARGES.name, [raised(charge_id)])
        said = await seen(admin, charge_id, "TEMP_REJECTED")
        return said["decision"]["policy_version"], said["decision"]["retries_max"]

    assert await eventually(decided, until=lambda found: found[0] == 2) == (2, 2)
    chosen = await admin.put("/v1/retry-policies/active", json={"name": "three-total"})
    assert (chosen.status_code, chosen.json()["active"]) == (200, True)
    assert not (await admin.get(path)).json()["active"]


@pytest.mark.parametrize(
    "delays_s", [[], [0], [-1], [60 * DAY_S + 1], [DAY_S] * 11, [1.5], ["86400"], None]
)
async def test_delays_that_are_none_are_refused(admin: httpx.AsyncClient, delays_s: object) -> None:
    headers = {"If-Match": '"1"'}
    answer = await admin.put(
        "/v1/retry-policies/standard", json={"delays_s": delays_s}, headers=headers
    )
    assert answer.status_code == 422
    kept = (await admin.get("/v1/retry-policies/standard")).json()
    assert (kept["version"], kept["delays_s"]) == (STANDARD.version, STANDARD_S)


async def test_without_the_etag_and_without_the_policy_nothing_changes(
    admin: httpx.AsyncClient,
) -> None:
    wanted = {"delays_s": [60]}
    assert (await admin.put("/v1/retry-policies/standard", json=wanted)).status_code == 422
    unknown = await admin.put("/v1/retry-policies/x", json=wanted, headers={"If-Match": '"1"'})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "retry_policy_not_found")
    other = await admin.put("/v1/retry-policies/active", json={"name": "x"})
    assert other.status_code == 404
