"""Every page of the backoffice as a picture: its address, what is pressed, what must be there.

``./payops screenshots`` takes them all; the tests in the browser have the same two sizes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from string import Formatter

from playwright.async_api import Page

WIDE, NARROW = (1440, 900), (390, 844)
SIZES = (WIDE, NARROW)
CHOSEN_ROWS = 3

DIALOG = "#dialog[open] h2"
DRAWN = "stock-chart[drawn] canvas"
ROWS = "#list-table tbody tr"
LIST = f"{ROWS}, #list-nothing, .empty"
COUNTED = "#list-tabs .list-tab-count"

Steps = Callable[[Page], Awaitable[None]]


def press(link: str) -> Steps:
    """Follow the first link of the page that matches."""

    async def pressed(page: Page) -> None:
        await page.locator(link).first.click()

    return pressed


async def ask_for_a_bulk_refund(page: Page) -> None:
    """Choose some rows and ask what refunding them would do."""
    boxes = page.locator("tbody [name=ids]")
    for number in range(CHOSEN_ROWS):
        await boxes.nth(number).check()
    await page.locator("#list-selection [formaction*=bulk-refunds]").click()


@dataclass(frozen=True)
class Picture:
    """One page as it is to be seen; ``{payment}`` and the like in ``path`` are records' ids."""

    name: str
    path: str
    ready: str = "main h1"
    """What is there when all of it is."""
    steps: Steps | None = None
    signed_in: bool = True

    def lacks(self, records: Mapping[str, str]) -> str | None:
        """The kind of record that it shows and that there is none of."""
        named = {field for _, field, _, _ in Formatter().parse(self.path) if field}
        return next(iter(sorted(named - set(records))), None)


PICTURES = (
    Picture("sign-in", "/sign-in", signed_in=False),
    Picture("dashboard", "/", DRAWN),
    Picture("transactions", "/transactions", COUNTED),
    Picture(
        "transactions-filtered",
        "/transactions?status=FAILED&method=credit-cards"
        "&created_from={yesterday}&created_to={yesterday}",
        COUNTED,
    ),
    Picture("payment", "/transactions/{payment}"),
    Picture("refund", "/transactions/{payment}", DIALOG, press('a[href$="/refund"]')),
    Picture("notification", "/transactions/{payment}", DIALOG, press('a[href$="/notification"]')),
    Picture("bulk-refund", "/transactions?status=PAID", DIALOG, ask_for_a_bulk_refund),
    Picture("export", "/transactions?status=PAID", DIALOG, press("#list-export")),
    Picture("subscriptions", "/subscriptions", LIST),
    Picture("subscription", "/subscriptions/{subscription}"),
    Picture(
        "cancellation", "/subscriptions/{subscription}", DIALOG, press('a[href$="/cancellation"]')
    ),
    Picture("adaptive-checkout", "/checkout-rules", "#rules tbody tr"),
    Picture("checkout-rule", "/checkout-rules/{checkout_rule}"),
    Picture("rule-editor", "/checkout-rules/{checkout_rule}/change", "#findings li"),
    Picture("simulation", "/checkout-rules/simulation"),
    Picture("provider-catalogue", "/provider-catalogue"),
    Picture("analytics", "/analytics", DRAWN),
    Picture("embedding", "/analytics", DIALOG, press('a[href^="/analytics/embedding"]')),
    Picture("embedded", "/data-visualization/#/transactions-analytics", DRAWN),
    Picture("charges", "/charges", LIST),
    Picture("charge", "/charges/{charge}"),
    Picture("debit-attempts", "/debit-attempts", LIST),
    Picture("debit-attempt", "/debit-attempts/{debit_attempt}"),
    Picture("dead-letters", "/dead-letters", LIST),
    Picture("dead-letter", "/dead-letters/{dead_letter}"),
    Picture("jobs", "/jobs", LIST),
    Picture("job", "/jobs/{job}"),
    Picture("audit-log", "/audit-log", LIST),
    Picture("search", "/search?q={payment}", "main section.card a"),
    Picture("preferences", "/preferences"),
    Picture("keys", "/keys"),
)
"""In the order in which somebody meets them."""
