"""What is around every page: navigation, menu, keys, themes, widths, the policy, failures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Page, expect

from backoffice.session.cookies import SessionCookies
from browser.conftest import Visit
from payops_kernel.testing import eventually
from payops_testing.browser.visitors import NARROW
from payops_testing.browser.watching import faults, screenshot, violations
from payops_testing.running_services import SESSION_KEY

FRAME_PAGES = {"dashboard": "/", "preferences": "/preferences", "keys": "/keys"}


async def test_axe_finds_nothing_on_any_page_of_the_frame_at_any_width(visit: Visit) -> None:
    page, _ = await visit("/sign-in", role=None)
    assert await faults(page, "sign-in") == []
    page, watch = await visit("/")
    watch.allow("status of 404")
    for name, path in (FRAME_PAGES | {"not-found": "/nowhere"}).items():
        await page.goto(path)
        assert await faults(page, name) == [], name
        for width in (360, 900):
            await page.set_viewport_size({"width": width, "height": 740})
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
        await page.set_viewport_size({"width": 1440, "height": 900})
    await page.get_by_role("button", name="You: Operator").click()
    await screenshot(page, "user-menu")
    assert await violations(page) == []
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert await violations(page) == []


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
async def test_a_narrow_window_has_the_navigation_in_a_drawer(visit: Visit, script: bool) -> None:
    page, _ = await visit("/preferences", size=NARROW, script=script)
    navigation = page.get_by_role("navigation", name="Pages")
    await expect(navigation).to_be_hidden()
    await page.get_by_role("button", name="Menu").click()
    await expect(navigation).to_be_visible()
    await screenshot(page, f"drawer-{'with' if script else 'without'}-script")
    await page.keyboard.press("Escape")
    await expect(navigation).to_be_hidden()
    await page.get_by_role("button", name="Menu").click()
    await navigation.get_by_role("link", name="Dashboard").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")


async def test_breadcrumbs_begin_at_the_dashboard(visit: Visit) -> None:
    page, _ = await visit("/preferences")
    crumbs = page.get_by_role("navigation", name="Breadcrumbs").get_by_role("listitem")
    assert [text.strip() for text in await crumbs.all_inner_texts()] == ["Dashboard", "Preferences"]
    await crumbs.first.get_by_role("link").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
async def test_a_language_that_is_chosen_is_that_of_every_page(visit: Visit, script: bool) -> None:
    page, _ = await visit("/", role="viewer", script=script)
    await page.get_by_role("button", name="You: Viewer").click()
    await page.get_by_role("button", name="Italiano").click()
    await expect(page.locator("html")).to_have_attribute("lang", "it")
    await expect(page.locator("#toasts")).to_have_text("Preferenze salvate")
    await page.goto("/preferences")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Preferenze")
    await page.get_by_label("Lingua").select_option("English")
    await page.get_by_role("button", name="Salva preferenze").click()
    await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_before_sign_in_the_browser_says_which_language(visit: Visit) -> None:
    page, _ = await visit("/sign-in", role=None, language="it-IT")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Accedi")


async def test_a_theme_that_is_chosen_is_there_before_the_first_paint(visit: Visit) -> None:
    page, _ = await visit("/", role="approver")
    canvas = "getComputedStyle(document.body).backgroundColor"
    assert await page.evaluate(canvas) == "rgb(245, 246, 248)"
    await page.get_by_role("button", name="You: Approver").click()
    await page.get_by_role("button", name="Dark").click()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await page.wait_for_load_state()
    assert await page.evaluate(canvas) == "rgb(13, 18, 25)"
    # The choice is in the page that the server sends: no script has to set it.
    answer = await page.context.request.get("/")
    assert 'data-theme="dark"' in await answer.text()
    await page.get_by_role("button", name="You: Approver").click()
    await page.get_by_role("button", name="System").click()
    await expect(page.locator("html")).to_have_attribute("data-theme", "system")


async def test_what_is_chosen_is_there_in_the_next_browser_too(visit: Visit) -> None:
    page, _ = await visit("/preferences", role="admin")
    await page.get_by_label("Row height").select_option("Compact")
    await page.get_by_label("Time zone", exact=True).select_option("Asia/Kathmandu")
    await page.get_by_role("button", name="Save preferences").click()
    await expect(page.locator("html")).to_have_attribute("data-density", "compact")
    other, _ = await visit("/sign-in?next=/preferences", role=None)
    await other.get_by_role("button", name="Admin", exact=True).click()
    await expect(other.get_by_role("heading", level=1)).to_have_text("Preferences")
    await looks_as_chosen(other, "compact")
    await expect(other.get_by_label("Time zone", exact=True)).to_have_value("Asia/Kathmandu")


async def test_what_another_browser_chooses_is_seen_without_a_new_sign_in(visit: Visit) -> None:
    page, _ = await visit("/preferences", role="approver")
    other, _ = await visit("/preferences", role="approver")
    await other.get_by_label("Row height").select_option("Compact")
    await other.get_by_role("button", name="Save preferences").click()
    await expect(other.locator("html")).to_have_attribute("data-density", "compact")
    await looks_as_chosen(page, "compact")
    await page.get_by_label("Row height").select_option("Comfortable")
    await page.get_by_role("button", name="Save preferences").click()
    await expect(page.locator("html")).to_have_attribute("data-density", "comfortable")


async def looks_as_chosen(page: Page, density: str) -> None:
    """Of a page that is read again; one whose choices are not read soon looks as before."""

    async def read_again() -> str | None:
        await age_choices(page)
        await page.reload()
        return await page.locator("html").get_attribute("data-density")

    await eventually(read_again, until=lambda seen: seen == density)


async def age_choices(page: Page) -> None:
    """What this browser knows of its person's choices is old."""
    cookies = SessionCookies(SESSION_KEY, secure=False)
    (cookie,) = [each for each in await page.context.cookies() if each["name"] == cookies.name]
    session = cookies.unsealed(cookie["value"])
    assert session is not None
    old: Any = {**cookie, "value": cookies.sealed(replace(session, chosen_at=0.0))}
    await page.context.add_cookies([old])


async def test_the_key_z_turns_pages_to_utc_and_back(visit: Visit) -> None:
    page, _ = await visit("/")
    clock = page.locator("html[data-clock=utc]")
    await page.keyboard.press("z")
    await expect(clock).to_have_count(1)
    await page.reload()
    await expect(clock).to_have_count(1)
    await page.keyboard.press("z")
    await expect(clock).to_have_count(0)
    await page.reload()
    await expect(clock).to_have_count(0)


async def test_the_question_mark_shows_every_key_in_the_dialog(visit: Visit) -> None:
    page, _ = await visit("/preferences")
    await page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    await expect(dialog).to_be_visible()
    await expect(page.locator("main")).to_have_count(1)
    await screenshot(page, "keys-dialog")
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


async def test_g_and_a_letter_go_to_a_page_unless_somebody_types(visit: Visit) -> None:
    page, _ = await visit("/preferences")
    await page.get_by_label("Theme").focus()
    await page.keyboard.press("g")
    await page.keyboard.press("h")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Preferences")
    await page.get_by_role("heading", level=1).click()
    await page.keyboard.type("gh")  # both within 1.5 s
    await expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")


async def test_keys_that_are_turned_off_do_nothing(visit: Visit) -> None:
    page, _ = await visit("/preferences", role="approver")
    for chosen, said in (("Off", "They are off now."), ("On", "Shortcuts are off while you type.")):
        await page.get_by_label("Keyboard shortcuts").select_option(chosen)
        await page.get_by_role("button", name="Save preferences").click()
        await expect(page.locator("html[data-shortcuts=off]")).to_have_count(int(chosen == "Off"))
        await page.wait_for_load_state()
        await page.get_by_role("heading", level=1).click()
        await page.keyboard.press("z")
        await expect(page.locator("html[data-clock=utc]")).to_have_count(int(chosen == "On"))
        await page.keyboard.press("z")
        await page.keyboard.type("gh")
        title = "Dashboard" if chosen == "On" else "Preferences"
        await expect(page.get_by_role("heading", level=1)).to_have_text(title)
        await page.goto("/keys")
        await expect(page.locator("main")).to_contain_text(said)
        await page.goto("/preferences")


async def test_the_keyboard_alone_reaches_content_menu_and_sign_out(visit: Visit) -> None:
    page, _ = await visit("/")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()
    await page.get_by_role("button", name="You: Operator").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="System")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="You: Operator")).to_be_focused()


async def test_the_policy_lets_nothing_inline_run_and_nothing_from_outside_load(
    visit: Visit,
) -> None:
    page, watch = await visit("/")
    watch.allow("policy violated|Content Security Policy")
    await page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.head.append(script);
          const image = new Image();
          image.src = "https://elsewhere.example/x.png";
          document.body.append(image);
          document.body.setAttribute("style", "color: red");
        }"""
    )
    assert await page.evaluate("window.ran") is None
    directives = {"script-src", "style-src", "img-src"}

    def told() -> set[str]:
        return {each for each in directives if any(each in error for error in watch.errors)}

    await eventually(told, until=lambda seen: seen == directives)


async def test_a_page_that_is_not_there_says_so_within_the_frame(visit: Visit) -> None:
    page, watch = await visit("/")
    watch.allow("status of 404")
    answer = await page.goto("/nowhere")
    assert answer is not None
    assert answer.status == 404
    await expect(page.locator(".empty")).to_contain_text("There is nothing at this address")
    await expect(page.get_by_role("navigation", name="Pages")).to_be_visible()


async def test_without_script_the_frame_works(visit: Visit) -> None:
    page, _ = await visit("/", script=False)
    await page.get_by_role("button", name="You: Operator").click()
    await page.get_by_role("link", name="Keyboard").first.click()
    await expect(page.get_by_role("heading", name="Keyboard")).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Keyboard")
    await page.get_by_role("main").get_by_role("link", name="Dashboard").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")


async def stop_the_clock(page: Page) -> None:
    """Time goes on in this page when the test says so, and not by itself."""
    await page.clock.install(time=0)
    await page.clock.pause_at(1_000)


SAYS = """detail => document.dispatchEvent(new CustomEvent("toast", { detail }))"""


async def test_a_toast_shows_text_as_text_and_goes_after_six_seconds(visit: Visit) -> None:
    page, _ = await visit("/", fresh=True)
    await stop_the_clock(page)
    hostile = "<b>Refunded</b> \u202eevil"
    await page.evaluate(SAYS, {"text": hostile, "href": "/keys", "words": "Show"})
    toast = page.locator("#toasts").locator(".toast")
    await expect(toast.locator(".toast-text")).to_have_text(hostile)
    await expect(toast.get_by_role("link", name="Show")).to_have_attribute("href", "/keys")
    await page.clock.run_for(5_900)
    await expect(toast).to_have_count(1)
    await page.clock.run_for(200)
    await expect(toast).to_have_count(0)


async def test_a_toast_stays_while_somebody_looks_at_it(visit: Visit) -> None:
    page, _ = await visit("/", fresh=True)
    await stop_the_clock(page)
    await page.evaluate(SAYS, {"text": "Saved"})
    toast = page.locator("#toasts").locator(".toast")
    await toast.hover()
    await page.clock.run_for(20_000)
    await expect(toast).to_have_count(1)
    await page.mouse.move(0, 0)
    await page.clock.run_for(6_100)
    await expect(toast).to_have_count(0)
