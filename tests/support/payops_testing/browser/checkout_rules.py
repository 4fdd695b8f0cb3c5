"""Checkout rules of a test, which the next one does not meet."""

from uuid import uuid4

from payops_testing.browser.platform import PagesPlatform

RULES = "/v1/checkout-rules"


async def remove_rules(platform: PagesPlatform) -> None:
    """Leave `default` alone: whatever else is active or a draft is archived."""
    async with platform.api() as api:
        found = await api.get(RULES, params={"status": ["ACTIVE", "DRAFT"], "limit": 200})
        rows = found.json()["items"]
        gone = [each["rule_id"] for each in rows if each["rule_id"] != "default"]
        if gone:
            headers = {"Idempotency-Key": uuid4().hex}
            body = {"rule_ids": gone, "accept_warnings": True}
            answer = await api.post(f"{RULES}/bulk-delete", json=body, headers=headers)
            assert answer.status_code == 200, answer.text
