"""What lists rely on: htmx changes a table in place, and nothing that somebody does is lost."""

from __future__ import annotations

from playwright.async_api import Page, Route, expect

from browser.conftest import Visit

ROWS = 50


def row(number: int, state: str = "Paid") -> str:
    """A row as lists write them: a stable id, a checkbox, a link."""
    return (
        f'<tr id="row-{number}"><td><input type="checkbox" name="chosen" value="{number}" '
        f'aria-label="Select {number}"></td><td>{state}</td>'
        f'<td><a href="/keys?row={number}">ORD-{number}</a></td></tr>'
    )


def table(*rows: str) -> str:
    return f'<div id="results"><table><tbody>{"".join(rows)}</tbody></table></div>'


async def shown(visit: Visit, answer: str) -> Page:
    """A page with a table of rows, and an address that answers with another."""

    async def answered(route: Route) -> None:
        await route.fulfill(body=answer, content_type="text/html")

    page, _ = await visit("/")
    await page.route("**/rows", answered)
    await page.evaluate(
        "html => { document.querySelector('main').insertAdjacentHTML('beforeend', html);"
        " document.querySelectorAll('#results tr').forEach(row => { row.known = true; }); }",
        table(*(row(number) for number in range(ROWS))),
    )
    return page


async def morph(page: Page) -> None:
    await page.evaluate("htmx.ajax('GET', '/rows', { target: '#results', swap: 'outerMorph' })")


async def test_rows_that_stay_are_the_same_elements_with_focus_and_selection(visit: Visit) -> None:
    # Row 0 leaves, 7 changes, two newcomers stand above, the last ten have moved to the front.
    answer = table(
        row(101, "Created"), row(100, "Created"),
        *(row(number) for number in range(40, ROWS)),
        *(row(number, "Failed" if number == 7 else "Paid") for number in range(1, 40)),
    )  # fmt: skip
    page = await shown(visit, answer)
    for number in (3, 7, 45):
        await page.get_by_label(f"Select {number}", exact=True).check()
    await page.get_by_role("link", name="ORD-7", exact=True).focus()
    await morph(page)
    await expect(page.locator("#row-7")).to_contain_text("Failed")
    await expect(page.locator("#row-0")).to_have_count(0)
    await expect(page.get_by_role("link", name="ORD-7", exact=True)).to_be_focused()
    chosen = page.locator("#results input:checked")
    assert await chosen.evaluate_all("all => all.map(each => each.value)") == ["45", "3", "7"]
    known = "all => all.filter(each => each.known).length"
    assert await page.locator("#results tr").evaluate_all(known) == ROWS - 1
    order = await page.locator("#results tr").evaluate_all("all => all.map(each => each.id)")
    expected = [101, 100, *range(40, ROWS), *range(1, 40)]
    assert order == [f"row-{number}" for number in expected]


async def test_selected_text_survives_a_change_beside_it(visit: Visit) -> None:
    page = await shown(visit, table(*(row(n, "Failed" if n == 4 else "Paid") for n in range(ROWS))))
    await page.get_by_role("link", name="ORD-5", exact=True).evaluate(
        "link => getSelection().selectAllChildren(link)"
    )
    await morph(page)
    await expect(page.locator("#row-4")).to_contain_text("Failed")
    assert await page.evaluate("getSelection().toString()") == "ORD-5"


async def test_the_table_does_not_jump_under_who_reads_it(visit: Visit) -> None:
    page = await shown(visit, table(*(row(n, "Failed" if n == 4 else "Paid") for n in range(ROWS))))
    await page.evaluate("scrollTo(0, 500)")
    await morph(page)
    await expect(page.locator("#row-4")).to_contain_text("Failed")
    assert await page.evaluate("scrollY") == 500
