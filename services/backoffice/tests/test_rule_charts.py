"""The card of checkout rules: hits by rule, of the chart's days, each a way to its rule."""

from datetime import UTC, datetime
from typing import Any

from backoffice.components.charts.asked import Address
from backoffice.components.charts.boards import Boards
from backoffice.components.charts.cards import Cards
from backoffice.components.charts.reader import Reader
from backoffice.components.charts.shapes import Card
from backoffice.pages.analytics.charts import KPIS
from backoffice.words import Words
from payops_contracts.pages import default_pages
from payops_kernel.zones import Zone
from payops_testing.backoffice import kpi_answers as kpis

CHART = default_pages().dashboards["analytics"].charts["checkout-rule-hits"]
ROME = Zone("Europe/Rome")
NOW = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
"""The second of March in Rome."""
HITS = kpis.hits({"rule-1": ("Large baskets", 30), "rule/2": ("Cash & more", 970)})


class Played:
    """A gateway with one answer; satisfies ``Reads``."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[tuple[str, Any]] = []

    async def get(self, path: str, query: Any = None) -> Any:
        self.asked.append((path, {name: str(value) for name, value in query.items()}))
        return self.answer


async def card(gateway: Played, *pairs: tuple[str, str], language: str = "en") -> Card:
    reader = Reader(Words(language), ROME, NOW, ROME)
    boards = Boards(gateway, Cards(reader, Address("/analytics", pairs), {}), ROME.date_of(NOW))
    return await boards.chart(CHART, "EUR")


async def test_rules_stand_by_their_hits_and_lead_to_their_pages() -> None:
    shown = await card(Played(HITS))
    assert (shown.figure, shown.bars_heads) == ("1,000 checkouts", ["Percent", "Hits"])
    assert [(bar.label, *bar.figures, bar.href) for bar in shown.bars] == [
        ("Cash & more", "97.00%", "970", "/checkout-rules/rule%2F2"),
        ("Large baskets", "3.00%", "30", "/checkout-rules/rule-1"),
    ]
    assert shown.range == "1–2 Mar 2026"  # noqa: RUF001
    italian = await card(Played(HITS), language="it")
    assert italian.figure == "1.000 checkout"


async def test_of_many_rules_the_last_ones_stand_together_and_none_is_lost() -> None:
    many = kpis.hits({f"rule-{number}": (f"Rule {number}", number) for number in range(1, 41)})
    bars = (await card(Played(many))).bars
    assert [bar.label for bar in bars] == [*(f"Rule {n}" for n in range(40, 31, -1)), "Others"]
    assert (bars[-1].href, bars[-1].figures[1]) == (None, str(sum(range(1, 32))))


async def test_its_days_are_the_windows_of_the_reporting_zone() -> None:
    gateway = Played(HITS)
    own = f"{CHART.id}."
    await card(gateway)
    await card(gateway, (f"{own}window", "ytd"))
    days = ((f"{own}from", "2026-02-03"), (f"{own}to", "2026-02-04"))
    await card(gateway, (f"{own}window", "custom"), *days)
    assert gateway.asked == [
        ("/v1/checkout-rules/hits", {"from": first, "to": last})
        for first, last in (
            ("2026-03-01", "2026-03-02"), ("2026-01-01", "2026-03-02"), ("2026-02-03", "2026-02-04")
        )
    ]  # fmt: skip


async def test_days_without_hits_say_so() -> None:
    shown = await card(Played(kpis.hits({})))
    assert (shown.nothing, shown.bars) == ("No checkout in these days.", ())


def test_it_is_no_kpi_that_the_token_of_an_embedded_page_reads() -> None:
    assert not str(CHART.kpi).startswith(KPIS)
