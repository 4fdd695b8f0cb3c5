"""Jobs of all services as one list, and search over all kinds: a part that is away is named."""

import itertools
from typing import Any

import httpx
import orjson
import pytest

from gateway.domain.pasted import IDS_MAX, ids_in
from payops_kernel.auth.issuer import TokenIssuer
from payops_kernel.auth.principals import UserRole
from payops_kernel.errors import Invalid
from payops_kernel.runtime import Runtime, Service

COUNTED = {"from": 1, "to": 1, "previous": None, "next": None, "total_is_capped": False}


def job(service: str, number: int, **other: Any) -> dict[str, Any]:
    """As a service's list has it."""
    return {"job_id": f"{service}-{number:032x}", "kind": "export", "state": "DONE"} | other


def page(*items: dict[str, Any], total: int | None = None, **other: Any) -> bytes:
    """A page of a list."""
    counted = len(items) if total is None else total
    return orjson.dumps({"items": items, **COUNTED, "total": counted, **other})


def asked_of(services: Any, name: str = "transactions") -> list[str]:
    """The addresses that a service was asked."""
    return [each.url for each in services.asked if each.service == name]


async def own_jobs(keeping: Service[Runtime], *numbers: int, owner: str) -> None:
    """Jobs of the gateway's own, exports of its lists."""
    jobs = keeping.runtime.jobs.jobs
    for number in numbers:
        queued = jobs.queued("export", owner, {"large": "request"})
        await jobs.collection.insert_one(queued | {"_id": f"gateway-{number:032x}"})


VIEWER = "viewer@payops.local"


async def test_jobs_of_all_services_are_one_list_newest_first(
    keeping: Service[Runtime], user: httpx.AsyncClient, services: Any
) -> None:
    await own_jobs(keeping, 2, 4, owner=VIEWER)
    await own_jobs(keeping, 9, owner="somebody-else")
    services.play("transactions", body=page(job("transactions", 3), job("transactions", 1)))
    answer = (await user.get("/v1/jobs")).json()
    assert [each["job_id"][-1] for each in answer["items"]] == ["4", "3", "2", "1"]
    assert (answer["from"], answer["to"], answer["total"], answer["missing"]) == (1, 4, 4, [])
    assert answer["items"][0]["owner"] == VIEWER
    assert "request" not in answer["items"][0]


async def test_pages_of_jobs_join_without_a_gap_or_a_double_in_both_directions(
    keeping: Service[Runtime], user: httpx.AsyncClient, services: Any
) -> None:
    await own_jobs(keeping, *range(7), owner=VIEWER)
    services.play("transactions", body=page())
    answer = (await user.get("/v1/jobs", params={"limit": 2})).json()
    pages = [[each["job_id"] for each in answer["items"]]]
    while answer["next"]:
        query = {"limit": "2", "cursor": answer["next"]}
        answer = (await user.get("/v1/jobs", params=query)).json()
        pages.append([each["job_id"] for each in answer["items"]])
        assert answer["total"] == 7
    assert list(itertools.chain(*pages)) == [
        f"gateway-{number:032x}" for number in reversed(range(7))
    ]
    back = (await user.get("/v1/jobs", params={"limit": 2, "cursor": answer["previous"]})).json()
    assert [each["job_id"] for each in back["items"]] == pages[2]


async def test_filters_of_jobs_are_asked_of_every_service_in_the_callers_name(
    keeping: Service[Runtime], user: httpx.AsyncClient, services: Any
) -> None:
    await own_jobs(keeping, 1, owner=VIEWER)
    services.play("transactions", body=page())
    query: dict[str, Any] = {
        "kind": "bulk-refund",
        "state": ["DONE", "FAILED"],
        "mine": "true",
        "limit": "10",
    }
    assert (await user.get("/v1/jobs", params=query)).json()["items"] == []
    for name in ("transactions", "billing-debits"):
        (url,) = asked_of(services, name)
        assert url.endswith(
            "/v1/jobs?kind=bulk-refund&state=DONE&state=FAILED&mine=true&sort=-created_at&limit=11"
        )
    token = user.headers["authorization"]
    assert {each.headers["authorization"] for each in services.asked} == {token}


async def test_an_admin_sees_all_jobs_and_may_ask_for_their_own(
    keeping: Service[Runtime], user: httpx.AsyncClient, services: Any, issuer: TokenIssuer
) -> None:
    await own_jobs(keeping, 1, owner="admin@payops.local")
    await own_jobs(keeping, 2, owner="somebody-else")
    services.play("transactions", body=page())
    token = issuer.issue("admin@payops.local", "Admin", [UserRole.ADMIN])
    user.headers["authorization"] = f"Bearer {token}"
    assert (await user.get("/v1/jobs")).json()["total"] == 2
    assert (await user.get("/v1/jobs", params={"mine": "true"})).json()["total"] == 1


@pytest.mark.parametrize("late", [False, True])
async def test_a_service_whose_jobs_are_missing_is_named(
    keeping: Service[Runtime], user: httpx.AsyncClient, services: Any, late: bool
) -> None:
    await own_jobs(keeping, 1, owner=VIEWER)
    services.fail("transactions", late=late)
    answer = (await user.get("/v1/jobs")).json()
    assert len(answer["items"]) == 1
    (missing,) = answer["missing"]
    assert missing["service"] == "transactions"
    assert "answer" in missing["detail"]


async def test_a_text_finds_rows_by_kind_and_what_is_away_is_no_empty_result(
    user: httpx.AsyncClient, services: Any
) -> None:
    row = {"transaction_id": "ORD-1", "status": "PAID"}
    services.play("transactions", body=page(row, total=812))
    answer = (await user.get("/v1/search", params={"q": " ada rossi "})).json()
    assert answer == {
        "groups": [
            {
                "kind": "transactions",
                "items": [row],
                "total": 812,
                "total_is_capped": False,
                "missing": None,
            }
        ],
        "ids": [],
        "not_found": [],
    }
    assert asked_of(services)[-1].endswith("/v1/transactions?q=ada%20rossi&limit=5")
    services.fail("transactions")
    (group,) = (await user.get("/v1/search", params={"q": "ada"})).json()["groups"]
    assert (group["kind"], group["items"], group["missing"]["service"]) == (
        "transactions", [], "transactions",
    )  # fmt: skip


CHARGE = {
    "charge_id": "CH-1", "debit_id": "TX-1", "exception_id": "ex-1",
    "billing_cycle_code": "20260301", "mpass_number": "MP-1", "batch_code": "MB-1",
}  # fmt: skip
PARTS = ["debit-attempts", "debit-batches", "members", "debit-exceptions", "billing-cycles"]


async def test_charges_their_debits_and_exceptions_are_found_too(
    user: httpx.AsyncClient, services: Any
) -> None:
    services.play("transactions", body=page())
    services.play("billing-debits", body=page(CHARGE))
    answer = (await user.get("/v1/search", params={"q": "mp-1"})).json()
    assert [each["kind"] for each in answer["groups"]] == ["charges", *PARTS]
    found = asked_of(services, "billing-debits")
    assert [url.partition("/v1/")[2] for url in found] == [
        f"{kind}?q=mp-1&limit=5" for kind in ("charges", *PARTS)
    ]
    answer = (await user.get("/v1/search", params={"q": "CH-1, TX-1, TX-2"})).json()
    assert answer["not_found"] == ["TX-2"]


async def test_a_subscription_is_found_by_text_and_by_its_id(
    user: httpx.AsyncClient, services: Any
) -> None:
    for other in ("transactions", "billing-debits"):
        services.play(other, body=page())
    services.play("subscriptions", body=page({"subscription_id": "SUB-1"}))
    for asked, unknown in (("sub-1", []), ("SUB-1, SUB-2", ["SUB-2"])):
        answer = (await user.get("/v1/search", params={"q": asked})).json()
        (group,) = answer["groups"]
        found = [each["subscription_id"] for each in group["items"]]
        assert (group["kind"], found) == ("subscriptions", ["SUB-1"])
        assert answer["not_found"] == unknown


async def test_a_checkout_rule_is_found_by_text_and_by_its_id(
    user: httpx.AsyncClient, services: Any
) -> None:
    for other in ("transactions", "billing-debits"):
        services.play(other, body=page())
    services.play("checkout-rules", body=page({"rule_id": "rule-1", "name": "Large baskets"}))
    for asked, unknown in (("large", []), ("rule-1, rule-2", ["rule-2"])):
        answer = (await user.get("/v1/search", params={"q": asked})).json()
        (group,) = answer["groups"]
        assert (group["kind"], group["items"][0]["name"]) == ("checkout-rules", "Large baskets")
        assert answer["not_found"] == unknown


async def test_pasted_ids_find_all_of_them_and_say_which_are_not_there(
    keeping: Service[Runtime], user: httpx.AsyncClient, services: Any
) -> None:
    await own_jobs(keeping, 1, owner=VIEWER)
    mine = f"gateway-{1:032x}"
    services.play("transactions", body=page({"transaction_id": "ORD-1"}))
    pasted = f"ORD-1\nORD-2, {mine};ORD-1"
    answer = (await user.get("/v1/search", params={"q": pasted})).json()
    assert {each["kind"]: len(each["items"]) for each in answer["groups"]} == {
        "transactions": 1,
        "jobs": 1,
    }
    assert (answer["ids"], answer["not_found"]) == (["ORD-1", "ORD-2", mine], ["ORD-2"])
    assert asked_of(services)[0].endswith(
        f"?transaction_id=ORD-1&transaction_id=ORD-2&transaction_id={mine}&limit=3"
    )


async def test_more_ids_than_are_looked_for_at_once_are_refused(user: httpx.AsyncClient) -> None:
    pasted = ",".join(f"ORD-{number}" for number in range(IDS_MAX + 1))
    answer = await user.get("/v1/search", params={"q": pasted})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "too_many_ids")


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("ORD-1", []),
        ("Ada Rossi", []),
        ("ORD-1 ORD-2", ["ORD-1", "ORD-2"]),
        ("Rossi, Ada", ["Rossi", "Ada"]),
        (" a\r\nb\n", ["a", "b"]),
        ("ORD-1\n", []),
    ],
)
def test_a_list_is_told_from_a_name(text: str, ids: list[str]) -> None:
    assert ids_in(text) == ids


def test_fifty_ids_each_twice_are_fifty() -> None:
    ids = [f"ORD-{number}" for number in range(IDS_MAX)]
    assert ids_in(" ".join(itertools.chain(ids, ids))) == ids
    with pytest.raises(Invalid):
        ids_in(" ".join([*ids, "ORD-last-1"]))
