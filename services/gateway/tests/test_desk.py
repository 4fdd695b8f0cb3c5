"""What a user keeps: preferences and saved views, each user's own."""

from typing import Any

import httpx
import pytest

from gateway.domain.desk import SAVED_VIEWS_MAX, Desk, SavedView
from gateway.errors import SavedViewNameTaken, SavedViewsFull
from payops_kernel.auth.issuer import TokenIssuer
from payops_kernel.auth.principals import UserRole

FAILED = {"page": "transactions", "name": "Failed today", "query": "status=FAILED&sort=-amount"}
DEFAULTS = {
    "language": None,
    "zone": None,
    "theme": "system",
    "density": "comfortable",
    "shortcuts": True,
}


def signed_in(user: httpx.AsyncClient, issuer: TokenIssuer, name: str) -> httpx.AsyncClient:
    """The same client, now another viewer's."""
    token = issuer.issue(f"{name}@example.com", name.title(), [UserRole.VIEWER])
    user.headers["authorization"] = f"Bearer {token}"
    return user


async def saved(user: httpx.AsyncClient, **other: str) -> dict[str, Any]:
    """A view that was saved."""
    answer = await user.post("/v1/saved-views", json=FAILED | other)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def views(user: httpx.AsyncClient, **query: str) -> list[dict[str, Any]]:
    """The saved views that are listed."""
    listed: list[dict[str, Any]] = (await user.get("/v1/saved-views", params=query)).json()["items"]
    return listed


async def test_preferences_have_defaults_until_something_is_chosen(
    user: httpx.AsyncClient,
) -> None:
    assert (await user.get("/v1/me/preferences")).json() == DEFAULTS


async def test_chosen_preferences_are_whole_and_stay(user: httpx.AsyncClient) -> None:
    chosen = {
        "language": "it",
        "zone": "Europe/Rome",
        "theme": "dark",
        "density": "compact",
        "shortcuts": False,
    }
    assert (await user.put("/v1/me/preferences", json=chosen)).json() == chosen
    assert (await user.get("/v1/me/preferences")).json() == chosen


async def test_what_is_left_out_goes_back_to_its_default(user: httpx.AsyncClient) -> None:
    await user.put("/v1/me/preferences", json={"language": "it", "theme": "dark"})
    answer = await user.put("/v1/me/preferences", json={"theme": "light"})
    assert answer.json() == DEFAULTS | {"theme": "light"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"language": "de"},
        {"zone": "Europe/Atlantis"},
        {"zone": "../etc/passwd"},
        {"theme": "pink"},
        {"density": None},
        {"shortcuts": "some"},
        {"colour": "red"},
    ],
)
async def test_a_preference_that_there_is_not_is_refused(
    user: httpx.AsyncClient, wrong: dict[str, Any]
) -> None:
    answer = await user.put("/v1/me/preferences", json=wrong)
    assert answer.status_code == 422
    assert (await user.get("/v1/me/preferences")).json() == DEFAULTS


async def test_preferences_and_views_are_each_users_own(
    user: httpx.AsyncClient, issuer: TokenIssuer
) -> None:
    signed_in(user, issuer, "ada")
    await user.put("/v1/me/preferences", json={"theme": "dark"})
    ours = await saved(user)
    signed_in(user, issuer, "ben")
    assert (await user.get("/v1/me/preferences")).json() == DEFAULTS
    assert await views(user) == []
    for answer in (
        await user.put(f"/v1/saved-views/{ours['id']}", json=FAILED),
        await user.delete(f"/v1/saved-views/{ours['id']}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "saved_view_not_found")
    signed_in(user, issuer, "ada")
    assert await views(user) == [ours]


async def test_saved_views_are_listed_by_page_in_the_order_of_saving(
    user: httpx.AsyncClient,
) -> None:
    first = await saved(user)
    second = await saved(user, name="All of June")
    other = await saved(user, page="audit-log")
    assert await views(user) == [first, second, other]
    assert await views(user, page="transactions") == [first, second]


async def test_a_view_without_a_query_is_the_list_as_it_begins(user: httpx.AsyncClient) -> None:
    answer = await user.post("/v1/saved-views", json={"page": "transactions", "name": "All"})
    assert (answer.status_code, answer.json()["query"]) == (201, "")


async def test_a_view_is_put_in_the_place_of_another(user: httpx.AsyncClient) -> None:
    made = await saved(user)
    changed = FAILED | {"name": "Failed", "query": "status=FAILED"}
    answer = await user.put(f"/v1/saved-views/{made['id']}", json=changed)
    assert (answer.status_code, answer.json()) == (200, {"id": made["id"], **changed})
    assert await views(user) == [answer.json()]


async def test_a_removed_view_is_gone(user: httpx.AsyncClient) -> None:
    made = await saved(user)
    removed = await user.delete(f"/v1/saved-views/{made['id']}")
    assert (removed.status_code, removed.content) == (204, b"")
    assert await views(user) == []


async def test_a_name_is_the_only_one_of_its_page_whatever_its_case(
    user: httpx.AsyncClient,
) -> None:
    made = await saved(user)
    taken = await user.post("/v1/saved-views", json=FAILED | {"name": "FAILED today"})
    assert (taken.status_code, taken.json()["code"]) == (409, "saved_view_name_taken")
    await saved(user, page="jobs")
    again = await user.put(f"/v1/saved-views/{made['id']}", json=FAILED)
    assert again.status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 61},
        {"name": "4111 1111 1111 1111"},
        {"page": "Transactions"},
        {"query": ""},
        {"query": "status=FAILED sort"},
        {"query": "a=" + "x" * 2_000},
    ],
)
async def test_a_view_that_cannot_be_kept_is_refused(
    user: httpx.AsyncClient, wrong: dict[str, str]
) -> None:
    assert (await user.post("/v1/saved-views", json=FAILED | wrong)).status_code == 422


def test_a_user_keeps_as_many_views_as_the_limit_says_and_no_more() -> None:
    desk = Desk("ada")
    for number in range(SAVED_VIEWS_MAX):
        desk.keep(SavedView(str(number), "transactions", f"View {number}", ""))
    with pytest.raises(SavedViewsFull):
        desk.keep(SavedView("one more", "transactions", "One more", ""))
    desk.keep(SavedView("0", "transactions", "Renamed", ""))
    with pytest.raises(SavedViewNameTaken):
        desk.keep(SavedView("1", "transactions", "Renamed", ""))


async def test_changes_of_a_desk_are_audited(user: httpx.AsyncClient, published: Any) -> None:
    made = await saved(user)
    await user.put("/v1/me/preferences", json={"theme": "dark"})
    await user.delete(f"/v1/saved-views/{made['id']}")
    told = [
        (each["data"]["action"], each["data"]["target_id"])
        for each in await published("payops.audit")
    ]
    assert told == [
        ("saved-view.add", made["id"]),
        ("preferences.set", "viewer@payops.local"),
        ("saved-view.remove", made["id"]),
    ]
