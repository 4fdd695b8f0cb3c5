"""Dead letters and audit log without script: shown, and decided once."""

from typing import Any
from urllib.parse import quote

from payops_kernel.auth.principals import UserRole
from payops_testing.backoffice.people import DIALOG, fields_of, person, text_of
from payops_testing.backoffice.played_gateway import PlayedGateway

ID = "upstream.payments.transactions.dlq/0/17"
RESOURCE = f"/v1/dead-letters/{quote(ID, safe='')}"
PATH = f"/dead-letters/{quote(ID, safe='')}"
POSSIBLE = {"allowed": True, "reason": None}
DECIDED = {"allowed": False, "reason": "It was decided about before."}
COUNTED = {"next": None, "previous": None, "from": 1, "to": 1, "total": 1, "total_is_capped": False}


def letter(**other: Any) -> dict[str, Any]:
    """As the gateway answers it."""
    return {
        "state": "OPEN",
        "state_label": "Open",
        "failed_at": "2026-01-15T12:00:00Z",
        "dead_letter_id": ID,
        "reason": "unparsable",
        "reason_label": "Cannot be read",
        "error": "not JSON",
        "key": "ORD-1",
        "topic": "upstream.payments",
        "consumer": "transactions",
        "origin": "upstream.payments/2/41",
        "bytes": 9,
        "code_version": "1.0",
        "decided_at": None,
        "decided_by": None,
        "decision_reason": None,
        "actions": {"replay": POSSIBLE, "discard": POSSIBLE},
        "arrived_at": "2026-01-15T12:00:01Z",
        "cut_bytes": None,
        "record_key": {"bytes": 5, "text": "ORD-1", "base64": None, "masked": False},
        "value": {"bytes": 9, "text": "<script>x", "base64": None, "masked": False},
        "headers": [],
    } | other


def held(**other: Any) -> PlayedGateway:
    """A gateway with one dead letter."""
    gateway = PlayedGateway()
    gateway.play("GET", RESOURCE, letter(**other))
    return gateway


async def test_the_list_of_dead_letters_shows_state_reason_and_the_way_to_each() -> None:
    gateway = PlayedGateway()
    gateway.play("GET", "/v1/dead-letters", {"items": [letter()], **COUNTED})
    gateway.play("GET", "/v1/saved-views", {"items": []})
    async with person(gateway, UserRole.VIEWER) as viewer:
        page = (await viewer.get("/dead-letters?state=OPEN")).text
    assert "Cannot be read" in text_of(page)
    assert f'href="{PATH}"' in page


async def test_the_tabs_of_dead_letters_count_what_the_filters_leave_in_each_state() -> None:
    gateway = PlayedGateway()
    counts = [("OPEN", 7, False), ("REPLAYED", 10_000, True), ("DISCARDED", 0, False)]
    said = [{"value": v, "count": n, "is_capped": c} for v, n, c in counts]
    every = {"value": "", "count": 10_000, "is_capped": True}
    totals = {"by": "state", "all": every, "counts": said, "sums": None}
    gateway.play("GET", "/v1/totals/dead-letters", totals)
    async with person(gateway, UserRole.VIEWER) as viewer:
        tabs = text_of(
            (await viewer.get("/parts/dead-letters/totals?topic=upstream.payments")).text
        )
    assert "All 10,000+ Open 7 Replayed 10,000+ Discarded 0" in " ".join(tabs.split())


async def test_a_dead_letter_is_shown_with_its_payload_as_text() -> None:
    async with person(held(), UserRole.ADMIN) as admin:
        page = (await admin.get(PATH)).text
    assert "&lt;script&gt;x" in page
    assert "<script>x" not in page
    assert "upstream.payments/2/41" in text_of(page)
    assert "Personal data is left out" not in text_of(page)
    assert f'href="{PATH}/replay"' in page
    assert "Not decided yet: replay or discard." in text_of(page)
    decided = {"decided_by": "ben", "decision_reason": "Known."}
    async with person(held(**decided), UserRole.ADMIN) as admin:
        assert "Not decided yet" not in text_of((await admin.get(PATH)).text)


async def test_who_is_no_admin_is_told_that_data_is_left_out_and_decides_nothing() -> None:
    masked = {"bytes": 9, "text": None, "base64": None, "masked": True}
    async with person(held(value=masked), UserRole.OPERATOR) as operator:
        page = (await operator.get(PATH)).text
        assert (await operator.get(f"{PATH}/replay")).status_code == 403
    assert "Personal data is left out" in text_of(page)
    assert f'href="{PATH}/replay"' not in page
    assert "Administrators can do this." in page


async def test_a_replay_without_script_is_asked_for_once_under_the_forms_key() -> None:
    gateway = held()
    gateway.play("POST", f"{RESOURCE}/replay", {"state": "REPLAYED"}, status=202)
    async with person(gateway, UserRole.ADMIN) as admin:
        form = fields_of((await admin.get(f"{PATH}/replay")).text)
        sent = form | {"reason": " Mended. "}
        for _ in range(2):
            answer = await admin.post(f"{PATH}/replay", data=sent)
            assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    posted = [each for each in gateway.asked if each.method == "POST"]
    assert [each.body for each in posted] == [{"reason": "Mended."}] * 2
    assert {each.headers["idempotency-key"] for each in posted} == {form["key"]}


async def test_a_decision_without_a_reason_asks_for_it_and_sends_nothing() -> None:
    gateway = held()
    async with person(gateway, UserRole.ADMIN) as admin:
        asked = (await admin.get(f"{PATH}/discard")).text
        assert f"Discard dead letter {ID}" in " ".join(text_of(asked).split())
        form = fields_of(asked)
        answer = await admin.post(f"{PATH}/discard", data=form | {"reason": " "}, headers=DIALOG)
    assert answer.status_code == 422
    assert "Say why" in text_of(answer.text)
    assert fields_of(answer.text)["key"] == form["key"]
    assert not [each for each in gateway.asked if each.method == "POST"]


async def test_what_somebody_else_decided_meanwhile_is_said_in_the_dialog() -> None:
    gateway = held()
    async with person(gateway, UserRole.ADMIN) as admin:
        form = fields_of((await admin.get(f"{PATH}/replay")).text)
        said = {"code": "dead_letter_decided", "detail": "ben discarded it at noon."}
        gateway.play("POST", f"{RESOURCE}/replay", said, status=409)
        decided = {"replay": DECIDED, "discard": DECIDED}
        gateway.play("GET", RESOURCE, letter(state="DISCARDED", actions=decided))
        answer = await admin.post(f"{PATH}/replay", data=form | {"reason": "Mended."})
    assert answer.status_code == 409
    assert "ben discarded it at noon." in text_of(answer.text)
    assert 'name="key"' not in answer.text


async def test_the_audit_log_is_for_operators() -> None:
    gateway = PlayedGateway()
    row = {
        "at": "2026-01-15T12:00:00Z",
        "record_id": "r-1",
        "actor": "ada",
        "actor_name": "Ada",
        "action": "refund.request",
        "target_type": "transaction",
        "target_id": "ORD-1",
        "service": "transactions",
        "reason": "Late",
    }
    gateway.play("GET", "/v1/audit-log", {"items": [row], **COUNTED})
    gateway.play("GET", "/v1/saved-views", {"items": []})
    async with person(gateway, UserRole.VIEWER) as viewer:
        assert (await viewer.get("/audit-log")).status_code == 403
    async with person(gateway, UserRole.OPERATOR) as operator:
        page = (await operator.get("/audit-log?actor=ada")).text
        gateway.play("GET", "/v1/audit-log", {"items": [row | {"action": "x.y"}], **COUNTED})
        unknown = text_of((await operator.get("/audit-log?actor=ada")).text)
    assert "Refund requested" in text_of(page)
    assert 'title="Refund requested (refund.request)"' in page
    assert 'title="Transaction (transaction)"' in page
    assert "x.y" in unknown
