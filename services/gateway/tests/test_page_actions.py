"""The two examples of docs/pages.md through the gateway: an action with an endpoint, a page."""

import asyncio
import base64
import hmac
import json
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

import gateway.bootstrap as module
from gateway.clients.endpoints import MESSAGE_BYTES_MAX, message, signature
from gateway.settings import Settings
from payops_contracts.pages import Pages, default_pages
from payops_kernel.auth.issuer import TokenIssuer
from payops_kernel.auth.principals import UserRole
from payops_kernel.settings import UnfitSettings
from payops_testing.gateway.small_server import SmallServer, small_server
from payops_testing.services import built, service_on

PAGE = Path(__file__).parents[3] / "docs" / "pages.md"
KEY = b"thirty-two bytes of a test's key"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
ACTION = "/v1/actions/hand-to-erp"
PAYMENT = {
    "overview": {"transaction_id": "ORD/1"},
    "user": {"email": None},
    "payment": {"amount_minor": 3230, "currency": "USD"},
    "actions": {"refund": {"allowed": False, "reason": "It was refunded."}},
}
ASKED = {"id": "ORD/1", "reason": "Agreed with Ada"}

Client = httpx.AsyncClient
Opens = Callable[..., Any]


def example(name: str) -> str:
    """The file in docs/pages.md behind the mark of an example."""
    text = PAGE.read_text(encoding="utf-8")
    (found,) = re.findall(rf"<!-- example: {name} -->\n```toml\n(.*?)```", text, re.DOTALL)
    return str(found)


@pytest.fixture
def erp() -> Iterator[SmallServer]:
    """The user's system."""
    with small_server() as made:
        made.body = b'{"message": "Booked as 4711"}'
        yield made


@pytest.fixture
def as_documented(
    settings: Settings, erp: SmallServer, tmp_path: Path
) -> Callable[[str], Settings]:
    """Settings with an example as the user's file, its endpoint the test's server."""

    def made(name: str, change: tuple[str, str] = ("#", "#")) -> Settings:
        file = tmp_path / "pages.toml"
        text = example(name).replace("https://erp.example", erp.url).replace(*change)
        file.write_text(text, encoding="utf-8")
        return settings.model_copy(update={"pages": str(file), "action_secret": SECRET})

    return made


@pytest.fixture
def opened(mongo_uri: str, as_documented: Any, services: Any, issuer: TokenIssuer) -> Opens:
    """Opens the gateway with an example, for a caller of a role."""
    services.play("transactions", body=json.dumps(PAYMENT).encode())

    @asynccontextmanager
    async def opens(
        name: str = "action",
        role: UserRole = UserRole.OPERATOR,
        change: tuple[str, str] = ("#", "#"),
    ) -> AsyncIterator[Client]:
        settings = as_documented(name, change)
        wires = {each: services.wire(each) for each in settings.services}
        async with service_on(mongo_uri, module, settings, wires=wires) as service:
            transport = httpx.ASGITransport(app=service.http_app("test", "test"))
            token = issuer.issue("op@payops.local", "Op", [role])
            async with Client(transport=transport, base_url="http://gateway") as client:
                client.headers["authorization"] = f"Bearer {token}"
                client.published = lambda: _audited(service)  # type: ignore[attr-defined]
                yield client

    return opens


async def _audited(service: Any) -> list[dict[str, Any]]:
    """What the audit records say that wait to be published, in order."""
    documents = await service.runtime.mongo.db["outbox"].find(sort=[("order", 1)]).to_list(None)
    messages = [each for document in documents for each in document["messages"]]
    return [json.loads(each["value"])["data"] for each in messages]


async def audited(client: Client) -> list[tuple[str, Any]]:
    said: Awaitable[list[dict[str, Any]]] = client.published()  # type: ignore[attr-defined]
    return [(each["action"], (each["after"] or {}).get("outcome")) for each in await said]


async def ask(client: Client, key: str = "k1", **changed: Any) -> httpx.Response:
    body = {name: value for name, value in {**ASKED, **changed}.items() if value is not None}
    return await client.post(ACTION, json=body, headers={"Idempotency-Key": key})


async def test_an_added_action_is_served_with_its_words_and_without_its_path(
    opened: Opens, erp: SmallServer
) -> None:
    async with opened() as client:
        pages = Pages.model_validate((await client.get("/v1/pages")).json()["pages"])
    action = pages.actions["hand-to-erp"]
    assert action.endpoint is not None
    assert action.endpoint.url == erp.url
    assert "hand-to-erp" in pages.lists["transactions"].row_actions
    assert "hand-to-erp" in pages.details["transaction"].actions


async def test_an_added_action_calls_its_endpoint_signed_with_the_row_as_it_is_now(
    opened: Opens, erp: SmallServer, services: Any
) -> None:
    async with opened() as client:
        answer = await ask(client)
        assert answer.status_code == 200, answer.text
        assert (answer.json()["status"], answer.json()["message"]) == (200, "Booked as 4711")
        (call,) = erp.received
        assert (call.method, call.path) == ("POST", "/payments")
        assert json.loads(call.body) == {
            "action": "hand-to-erp",
            "id": "ORD/1",
            "by": {"id": "op@payops.local", "name": "Op"},
            "reason": "Agreed with Ada",
            "row": {"number": "ORD/1", "amount_minor": 3230, "currency": "USD", "customer": None},
        }
        signed = signature(KEY, call.headers["webhook-id"], _at(call.headers), call.body)
        assert hmac.compare_digest(call.headers["webhook-signature"], signed)
        assert call.headers["idempotency-key"] == answer.json()["call_id"]
        assert "authorization" not in call.headers
        asked = services.asked[-1]
        assert asked.url.endswith("/v1/transactions/ORD%2F1")
        assert asked.headers["authorization"] == client.headers["authorization"]
        assert await audited(client) == [("page-action.ask", None), ("page-action.answer", "done")]


def _at(headers: dict[str, str]) -> int:
    return int(headers["webhook-timestamp"])


def test_the_signature_is_that_of_standard_webhooks() -> None:
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    signed = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_the_same_key_calls_once_and_gives_the_first_answer(
    opened: Opens, erp: SmallServer
) -> None:
    async with opened() as client:
        first, again = await ask(client), await ask(client)
        assert again.json() == first.json()
        assert again.headers["idempotency-replayed"] == "true"
        other = await ask(client, id="ORD-2")
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
        assert len(erp.received) == 1
        await ask(client, "k2")
        assert len({each.headers["webhook-id"] for each in erp.received}) == 2


async def test_while_the_first_request_waits_the_same_key_is_refused(
    opened: Opens, erp: SmallServer
) -> None:
    erp.held = threading.Event()
    async with opened() as client:
        first = asyncio.create_task(ask(client))
        assert await asyncio.to_thread(erp.arrived.wait, 20)
        second = await ask(client)
        erp.held.set()
        assert (second.status_code, second.json()["code"]) == (409, "action_still_running")
        assert (await first).status_code == 200


@pytest.mark.parametrize(("status", "held"), [(500, False), (503, False), (200, True)])
async def test_who_does_not_answer_is_asked_again_under_the_same_call_id(
    status: int, held: bool, opened: Opens, erp: SmallServer
) -> None:
    erp.status = status
    erp.held = threading.Event() if held else None
    timeout_s = 2 if held else 30
    async with opened(change=("timeout_s = 5", f"timeout_s = {timeout_s}")) as client:
        failed = await ask(client)
        assert (failed.status_code, failed.json()["code"]) == (502, "endpoint_failed")
        assert "the same key" in failed.json()["detail"]
        if erp.held is not None:
            erp.held.set()
        erp.status = 200
        done = await ask(client)
        assert done.status_code == 200
        assert len({each.headers["webhook-id"] for each in erp.received}) == 1
        assert [outcome for _, outcome in await audited(client)] == [None, "unknown", "done"]


async def test_what_the_endpoint_refuses_is_said_in_its_words_and_nothing_is_kept(
    opened: Opens, erp: SmallServer
) -> None:
    erp.status, erp.body = 409, b'{"detail": "The month is closed"}'
    async with opened() as client:
        refused = await ask(client)
        assert (refused.status_code, refused.json()["code"]) == (409, "endpoint_refused")
        assert refused.json()["detail"].endswith("refused: The month is closed")
        erp.status = 200
        assert (await ask(client)).status_code == 200
        assert [outcome for _, outcome in await audited(client)] == [None, "refused", "done"]


async def test_a_redirect_is_not_followed(opened: Opens, erp: SmallServer) -> None:
    erp.status, erp.headers = 307, {"location": f"{erp.url}/elsewhere"}
    async with opened() as client:
        refused = await ask(client)
    assert refused.json()["endpoint_status"] == 307
    assert [each.path for each in erp.received] == ["/payments"]


async def test_a_word_of_a_route_is_no_id(opened: Opens, erp: SmallServer, services: Any) -> None:
    async with opened() as client:
        assert (await ask(client, id="export")).status_code == 404
    assert services.asked == []
    assert erp.received == []


async def test_the_role_of_the_action_is_needed(opened: Opens, erp: SmallServer) -> None:
    async with opened(role=UserRole.VIEWER) as client:
        refused = await ask(client)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert await audited(client) == []
    assert erp.received == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"id": "ORD-1"}, 422),
        ({"id": "ORD-1", "reason": " "}, 422),
        ({"id": "ORD-1", "reason": "x", "url": "https://evil.example"}, 422),
        ({"id": "", "reason": "x"}, 422),
    ],
)
async def test_a_body_without_its_reason_or_with_more_than_the_id_is_refused(
    body: dict[str, str], status: int, opened: Opens, erp: SmallServer
) -> None:
    async with opened() as client:
        refused = await client.post(ACTION, json=body, headers={"Idempotency-Key": "k"})
        assert refused.status_code == status
        assert (await client.post(ACTION, json=ASKED)).status_code == 422
    assert erp.received == []


@pytest.mark.parametrize("name", ["nothing", "refund"])
async def test_an_action_that_has_no_endpoint_is_not_found(name: str, opened: Opens) -> None:
    async with opened() as client:
        answer = await client.post(
            f"/v1/actions/{name}", json=ASKED, headers={"Idempotency-Key": "k"}
        )
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_action")


async def test_a_row_that_is_not_there_or_does_not_allow_it_reaches_no_endpoint(
    opened: Opens, erp: SmallServer, services: Any
) -> None:
    barred = ("reason = true", 'reason = true\nallowed = "actions.refund"')
    async with opened(change=barred) as client:
        refused = await ask(client)
        assert (refused.status_code, refused.json()["code"]) == (409, "action_barred")
        assert refused.json()["detail"] == "It was refunded."
        services.play("transactions", status=404, body=b"{}")
        assert (await ask(client)).status_code == 404
        services.fail("transactions")
        assert (await ask(client)).status_code == 503
    assert erp.received == []


def test_an_endpoint_without_a_secret_that_is_one_is_refused_at_the_start(
    as_documented: Any,
) -> None:
    for secret in ("", "secret", "whsec_c2hvcnQ=", "whsec_no base64"):
        settings = as_documented("action").model_copy(update={"action_secret": secret})
        with pytest.raises(UnfitSettings, match=r"make one: echo whsec_\$\(openssl rand"):
            built(module, settings)


@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        (b"Done", "text/plain", "Done"),
        (b'"Done"', "application/json", "Done"),
        (b'{"title": "No", "detail": "Closed"}', "application/problem+json", "Closed"),
        (b'{"message": 5, "error": "Closed"}', "application/json", "Closed"),
        (b"<b>Done</b>", "text/html", None),
        (b"{", "application/json", None),
        (b"[1]", "application/json", None),
        (b" \x1b[31mDone\x00\xff ", "text/plain", "[31mDone"),
        (b"x" * 5000, "text/plain", "x" * MESSAGE_BYTES_MAX),
    ],
)
def test_of_an_answer_a_short_plain_sentence_is_shown(
    body: bytes, content_type: str, said: str | None
) -> None:
    shown = message(body, content_type)
    assert (shown or "").rstrip("�") == (said or "")


async def test_an_added_page_of_charts_is_served_with_its_line_of_the_sidebar(
    opened: Opens,
) -> None:
    async with opened("charts", UserRole.VIEWER) as client:
        pages = Pages.model_validate((await client.get("/v1/pages")).json()["pages"])
    assert list(pages.dashboards["methods"].charts) == ["days", "statuses"]
    assert pages.navigation["main"].entries["methods"].path == "/methods"
    assert pages.dashboards["analytics"] == default_pages().dashboards["analytics"]
