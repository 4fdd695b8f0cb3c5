"""A subscription comes back from its document as it was, whatever happened to it."""

from dataclasses import replace
from typing import Any

import bson
import pytest
from bson.codec_options import CodecOptions

from payops_testing.subscriptions.builders import UTC_RULES
from payops_testing.subscriptions.lives import LIVES, life
from subscriptions.api.subscription_list import SUBSCRIPTION_LIST
from subscriptions.store.subscriptions import NO_DAY, SubscriptionStore

STORE = SubscriptionStore({"subscriptions": None}, UTC_RULES)  # type: ignore[dict-item]
AWARE: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True)


@pytest.mark.parametrize("name", LIVES)
def test_a_subscription_comes_back_from_bson_as_it_was(name: str) -> None:
    it = life(name)
    again = STORE.from_document(bson.decode(bson.encode(STORE.to_document(it)), AWARE))
    assert again == replace(it, step=None)


def test_the_lives_have_everything_that_is_stored() -> None:
    stored = {field for name in LIVES for field in STORE.to_document(life(name))}
    assert stored >= {
        "request", "owed", "missed", "asked_at", "recovered_at", "cancelling", "ended_at",
        "end_reason", "end_detail", "flags", "retry_at", "started_at",
    } - {"recovered_at"}  # fmt: skip


def test_what_lists_show_stands_beside_what_it_is_derived_from() -> None:
    document = STORE.to_document(life("on_hold"))
    assert document["status"] == "ON_HOLD"
    assert document["next_payment_on"] == "2026-03-01"
    assert document["retry_at"].isoformat() == "2026-02-05T09:05:00+00:00"
    assert STORE.to_document(life("cancelling"))["next_payment_on"] == NO_DAY
    row = SUBSCRIPTION_LIST.present(STORE.to_document(life("cancelling")))
    assert (row["next_payment_on"], row["cancels_on"]) == (None, "2026-02-01")
