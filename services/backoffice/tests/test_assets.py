"""What browsers load: small, kept for ever, nothing inline, nothing from outside."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

import backoffice
from backoffice.assets import STYLES, STYLES_BYTES_MAX, Assets, PackagesMissing

PACKAGE = Path(backoffice.__file__).parent
TEMPLATES = sorted((PACKAGE / "templates").rglob("*.html"))
SCRIPTS = sorted((PACKAGE / "assets/js").rglob("*.js"))
BUNDLED = sorted((PACKAGE / "assets/css").glob("*.css"))
STYLE_FILES = sorted((PACKAGE / "assets/css").rglob("*.css"))

FORBIDDEN_IN_TEMPLATES = {
    "inline script": r"<script(?![^>]*\bsrc=)",
    "inline style": r"<style|\sstyle=",
    "inline handler": r"\son[a-z]+=|hx-on",
    "evaluated value": r"=[\"']js:|javascript:",
    "trigger filter": r"hx-trigger=[\"'][^\"']*\[",
    "something from outside": r"(?:src|href)=[\"'](?:https?:)?//",
    "trust in text": r"\|\s*safe\b|autoescape false",
}
FORBIDDEN_IN_SCRIPTS = {
    "evaluation": r"\beval\(|new Function",
    "markup out of text": r"\.innerHTML\s*=|insertAdjacentHTML|outerHTML\s*=|document\.write",
    "style attribute": r"setAttribute\([\"']style",
    "something from outside": r"[\"'`](?:https?:)?//[a-z]",
}


def found(patterns: dict[str, str], files: list[Path]) -> list[str]:
    return [
        f"{file.name}: {what}"
        for file in files
        for what, pattern in patterns.items()
        if re.search(pattern, file.read_text(encoding="utf-8"))
    ]


def test_templates_leave_nothing_for_the_policy_to_refuse() -> None:
    assert len(TEMPLATES) > 10
    assert found(FORBIDDEN_IN_TEMPLATES, TEMPLATES) == []


def test_scripts_make_no_markup_and_no_code_out_of_text() -> None:
    assert len(SCRIPTS) > 5
    assert found(FORBIDDEN_IN_SCRIPTS, SCRIPTS) == []


def test_scripts_import_by_relative_path_what_is_there() -> None:
    for file in SCRIPTS:
        for named in re.findall(r"from \"([^\"]+)\"|import \"([^\"]+)\"", file.read_text("utf-8")):
            target = "".join(named)
            assert target.startswith(("./", "../")), f"{file.name}: {target}"
            if "/vendor/" not in target:
                assert (file.parent / target).is_file(), f"{file.name}: {target}"


def test_every_style_has_its_layer() -> None:
    for file in STYLE_FILES:
        text = re.sub(r"/\*.*?\*/|@font-face \{[^}]*\}", "", file.read_text("utf-8"), flags=re.S)
        assert re.match(r"\s*(@layer|$)", text), file.name


def test_the_styles_are_one_small_bundle(browser_packages: Path) -> None:
    bundle = Assets(browser_packages)
    asset = bundle.find(bundle.digest, STYLES)
    assert asset is not None
    assert len(asset.content) <= STYLES_BYTES_MAX
    for file in BUNDLED:
        assert file.read_bytes() in asset.content


@pytest.mark.parametrize("sheet", [file for file in STYLE_FILES if file not in BUNDLED])
def test_what_one_kind_of_page_needs_beside_it_is_half_of_that(
    browser_packages: Path, sheet: Path
) -> None:
    assets = Assets(browser_packages)
    asset = assets.find(assets.digest, f"pages/{sheet.name}")
    assert asset is not None
    assert len(asset.content) <= STYLES_BYTES_MAX / 2
    assert f"asset('pages/{sheet.name}')" in "".join(each.read_text("utf-8") for each in TEMPLATES)


def test_every_colour_is_a_token() -> None:
    for file in STYLE_FILES:
        if file.name != "tokens.css":
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb\(|hsl\(", file.read_text("utf-8")), file


async def test_an_asset_is_kept_for_ever_and_compressed(anonymous: httpx.AsyncClient) -> None:
    page = (await anonymous.get("/sign-in")).text
    paths = set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', page))
    assert len({path.split("/")[2] for path in paths}) == 1
    for path in paths:
        answer = await anonymous.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        is_packed = answer.headers.get("content-encoding") == "gzip"
        assert is_packed == (not path.endswith(".woff2")), path


async def test_a_first_visit_loads_at_most_200_kilobytes(anonymous: httpx.AsyncClient) -> None:
    page = await anonymous.get("/sign-in")
    site = anonymous._transport.app.state.site  # type: ignore[attr-defined]
    named = re.findall(r'(?:href|src)="/assets/[^/]+/([^"]+)"', page.text)
    own = [name for name in site.assets.names() if name.startswith("js/")]
    loaded = [site.assets.find(site.assets.digest, name) for name in {*named, *own}]
    total = sum(len(each.compressed or each.content) for each in loaded)
    assert total + int(page.headers["content-length"]) <= 200_000


async def test_an_asset_of_another_version_is_not_there(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.get("/assets/0000000000000000/backoffice.css")).status_code == 404
    assert (await anonymous.get("/assets/x/%2e%2e/%2e%2e/settings.py")).status_code == 404


def test_packages_that_are_not_there_are_told_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(PackagesMissing, match="npm ci --ignore-scripts"):
        Assets(tmp_path)
