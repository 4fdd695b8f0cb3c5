"""``GET /v1/pages``: the defaults and a user's file, from a path or an address, as started."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.clients.pages_file import hold_pages
from gateway.settings import Settings
from payops_contracts.openapi import committed
from payops_contracts.pages import Pages, default_pages
from payops_contracts.pages.reading import FILE_BYTES_MAX, effective_pages
from payops_kernel.auth.issuer import TokenIssuer
from payops_kernel.auth.principals import UserRole
from payops_kernel.settings import UnfitSettings
from payops_testing.gateway.small_server import SmallServer, small_server

API = committed()["gateway"]
MINE = b'[lists.transactions.columns]\nprovider = { shown = true, label = "PSP" }\n'
OLDER = b"[lists.transactions.columns]\nprovider = { shown = true }\n"


def digest(raw: bytes) -> str:
    return sha256(raw).hexdigest()


@pytest.fixture
def site() -> Iterator[SmallServer]:
    """Where the user keeps the file."""
    with small_server() as made:
        made.body = MINE
        yield made


def label(pages: Pages) -> object:
    return pages.lists["transactions"].columns["provider"].label


async def test_without_a_file_the_defaults_are_served_whole(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/pages")
    said = answer.json()
    assert answer.status_code == 200
    assert Pages.model_validate(said["pages"]) == default_pages()
    assert said["notice"] is None
    assert answer.headers["etag"] == f'"{said["digest"]}"'


async def test_who_has_them_already_gets_no_body(client: httpx.AsyncClient) -> None:
    first = await client.get("/v1/pages")
    again = await client.get("/v1/pages", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


async def test_who_has_no_token_sees_no_pages(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.get("/v1/pages")).status_code == 401


async def test_an_admin_alone_takes_the_whole_as_a_file(
    client: httpx.AsyncClient, issuer: TokenIssuer
) -> None:
    assert (await client.get("/v1/pages/file")).status_code == 403
    token = issuer.issue("a@payops.local", "A", [UserRole.ADMIN])
    answer = await client.get("/v1/pages/file", headers={"authorization": f"Bearer {token}"})
    assert answer.headers["content-type"].startswith("text/plain")
    assert effective_pages(API, answer.content, "it").pages == default_pages()


async def test_a_file_at_a_path_is_laid_over_the_defaults(
    settings: Settings,
    client_of: Callable[[Settings], httpx.AsyncClient],
    issuer: TokenIssuer,
    tmp_path: Path,
) -> None:
    (file := tmp_path / "pages.toml").write_bytes(MINE)
    client = client_of(settings.model_copy(update={"pages": str(file)}))
    token = issuer.issue("v@payops.local", "V", [UserRole.VIEWER])
    said = await client.get("/v1/pages", headers={"authorization": f"Bearer {token}"})
    pages = Pages.model_validate(said.json()["pages"])
    assert label(pages) == "PSP"
    assert pages.navigation == default_pages().navigation
    assert said.json()["digest"] != effective_pages(API).digest


def test_a_wrong_file_is_refused_at_the_start_with_file_line_and_mend(
    settings: Settings, client_of: Any, tmp_path: Path
) -> None:
    (file := tmp_path / "pages.toml").write_bytes(b"\n[lists.transactions]\ntitel = 'x'\n")
    with pytest.raises(UnfitSettings) as refused:
        client_of(settings.model_copy(update={"pages": str(file)}))
    assert f"{file}:3: lists.transactions.titel: " in str(refused.value)
    assert "did you mean 'title'?" in str(refused.value)


def test_a_file_that_is_not_there_or_another_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnfitSettings, match="cannot be read: No such file"):
        hold_pages(str(tmp_path / "none.toml"), "", "", API)
    (file := tmp_path / "pages.toml").write_bytes(MINE)
    with pytest.raises(UnfitSettings, match=f"has the SHA-256 {digest(MINE)}"):
        hold_pages(str(file), digest(OLDER), "", API)


def test_an_address_is_asked_once_and_its_digest_has_to_be_the_one_that_is_set(
    site: SmallServer, tmp_path: Path
) -> None:
    held = hold_pages(f"{site.url}/pages.toml", digest(MINE).upper(), str(tmp_path), API)
    assert (label(held.effective.pages), held.notice) == ("PSP", None)
    assert [(each.method, each.path) for each in site.received] == [("GET", "/pages.toml")]
    with pytest.raises(UnfitSettings, match=f"{digest(MINE)}, and PAYOPS_PAGES_SHA256 is"):
        hold_pages(f"{site.url}/pages.toml", digest(OLDER), str(tmp_path), API)
    with pytest.raises(UnfitSettings, match="set PAYOPS_PAGES_SHA256 to the SHA-256 of the file"):
        hold_pages(f"{site.url}/pages.toml", "", str(tmp_path), API)


@pytest.mark.parametrize("address", ["http://pages.example/p.toml", "ftp://pages.example/p.toml"])
def test_an_address_without_encryption_is_refused(address: str) -> None:
    with pytest.raises(UnfitSettings, match="an address begins with https://"):
        hold_pages(address, digest(MINE), "", API)


@pytest.mark.parametrize("status", [302, 404, 500])
def test_while_the_address_fails_the_copy_is_used_and_said_so(
    status: int, site: SmallServer, tmp_path: Path
) -> None:
    address = f"{site.url}/pages.toml"
    hold_pages(address, digest(MINE), str(tmp_path), API)
    site.status, site.body = status, b"gone"
    site.headers = {"location": f"{site.url}/elsewhere"}
    held = hold_pages(address, digest(MINE), str(tmp_path), API)
    assert label(held.effective.pages) == "PSP"
    assert held.notice == f"Pages: {address} answers {status}; the copy of it is used."
    assert "/elsewhere" not in [each.path for each in site.received]


def test_while_the_address_is_away_an_earlier_copy_is_better_than_none(
    site: SmallServer, tmp_path: Path
) -> None:
    site.body = OLDER
    hold_pages(site.url, digest(OLDER), str(tmp_path), API)
    away = "http://127.0.0.1:1/pages.toml"
    held = hold_pages(away, digest(MINE), str(tmp_path), API)
    assert label(held.effective.pages) == "Provider"
    assert held.notice is not None
    assert f"an earlier copy ({digest(OLDER)[:12]}) is used" in held.notice


def test_a_copy_that_was_changed_on_the_disk_is_not_used(site: SmallServer, tmp_path: Path) -> None:
    hold_pages(site.url, digest(MINE), str(tmp_path), API)
    (copy,) = tmp_path.iterdir()
    copy.write_bytes(OLDER)
    with pytest.raises(UnfitSettings, match="does not answer, and there is no copy of it"):
        hold_pages("http://127.0.0.1:1/", digest(MINE), str(tmp_path), API)


def test_without_a_folder_for_copies_an_address_that_is_away_is_refused() -> None:
    with pytest.raises(UnfitSettings, match="does not answer, and there is no copy of it in ''"):
        hold_pages("http://127.0.0.1:1/", digest(MINE), "", API)


def test_an_address_that_gives_too_much_is_refused(site: SmallServer) -> None:
    site.body = b"#" * (FILE_BYTES_MAX + 1)
    with pytest.raises(UnfitSettings, match="has over 262,144 bytes"):
        hold_pages(site.url, digest(site.body), "", API)


async def test_the_notice_about_a_copy_is_served_and_shown_by_readiness(
    settings: Settings, client_of: Any, site: SmallServer, tmp_path: Path, issuer: TokenIssuer
) -> None:
    named = {"pages": site.url, "pages_sha256": digest(MINE), "pages_copies": str(tmp_path)}
    client_of(settings.model_copy(update=named))
    site.status = 503
    client = client_of(settings.model_copy(update=named))
    token = issuer.issue("v@payops.local", "V", [UserRole.VIEWER])
    said = await client.get("/v1/pages", headers={"authorization": f"Bearer {token}"})
    assert "the copy of it is used" in said.json()["notice"]
    ready = await client.get("/health/ready")
    assert ready.status_code == 200
    assert said.json()["notice"] in ready.json()["reasons"]
