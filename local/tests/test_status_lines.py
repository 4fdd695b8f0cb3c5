"""`payops status` for people: what a ready service has to say stands below it."""

from __future__ import annotations

from payops_local.commands.status import _lines

HELD = "upstream.payments partition 2: an open transaction of a publisher holds it at offset 7"


def test_a_ready_service_that_waits_for_others_says_for_whom() -> None:
    row = {"name": "transactions", "pid": 7, "url": "http://t", "ready": True, "reasons": [HELD]}
    status = {
        "running": True, "phase": "up", "gateway": "http://g", "backoffice": "http://b",
        "kafka": "k", "mongo": "m",
        "services": [row], "servers": [], "helpers": [], "lag": {"upstream.payments": 0},
        "outbox_pending": 0, "dead_letters": 0,
    }  # fmt: skip
    said = _lines(status)
    (number,) = [n for n, line in enumerate(said) if line.endswith("ready")]
    assert said[number + 1].strip() == HELD
    assert HELD not in said[number]
