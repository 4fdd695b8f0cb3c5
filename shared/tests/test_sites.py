"""Which sites may frame a page of ours."""

import pytest
from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from payops_kernel.sites import AllowedSites, admits, allowed_site, known_site


@pytest.mark.parametrize(
    "text",
    [
        "https://shop.example",
        "https://shop.example:8443",
        "http://localhost:3000",
        "http://127.0.0.1",
    ],
)
def test_an_origin_is_a_site(text: str) -> None:
    assert known_site(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "https:",
        "https://*",
        "https://shop.example/",
        "https://shop.example/page",
        "http://shop.example",
        "https://user@shop.example",
        "https://shop.example; script-src *",
        "https://shop.example\nhttps://other.example",
        "https://Shop.example",
        "http://localhost:*",
    ],
)
def test_nothing_else_is(text: str) -> None:
    with pytest.raises(ValueError, match="is not an origin"):
        known_site(text)


def test_a_setting_may_leave_the_port_open() -> None:
    assert allowed_site("http://localhost:*") == "http://localhost:*"
    with pytest.raises(ValueError, match="is not an origin"):
        allowed_site("https://*:*")


@pytest.mark.parametrize(
    ("allowed", "site", "admitted"),
    [
        ("https://shop.example", "https://shop.example", True),
        ("https://shop.example", "https://shop.example:8443", False),
        ("https://shop.example", "https://shop.example.evil.example", False),
        ("http://localhost:*", "http://localhost:3000", True),
        ("http://localhost:*", "http://localhost", True),
        ("http://localhost:*", "http://localhost.evil.example", False),
    ],
)
def test_a_site_is_admitted_by_its_whole_origin(allowed: str, site: str, admitted: bool) -> None:
    assert admits(allowed, site) is admitted


class Framed(BaseSettings):
    """Settings of something that may be framed."""

    model_config = SettingsConfigDict(env_prefix="FRAMED_")
    sites: AllowedSites = ()


def test_a_setting_is_sites_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Framed().sites == ()
    monkeypatch.setenv("FRAMED_SITES", "https://shop.example,http://localhost:*")
    assert Framed().sites == ("https://shop.example", "http://localhost:*")
    monkeypatch.setenv("FRAMED_SITES", "")
    assert Framed().sites == ()
    monkeypatch.setenv("FRAMED_SITES", "https://shop.example, *")
    with pytest.raises(ValidationError):
        Framed()
