"""How values are shown."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from babel.dates import format_date

from backoffice.components.icons import icon
from backoffice.formatting.chips import KINDS, UNKNOWN, Family, chip
from backoffice.formatting.identifiers import for_bar, shortened
from backoffice.formatting.instants import read_instant, shown_day, shown_instant, zone_name
from backoffice.formatting.shares import shown_count, shown_share
from backoffice.pages.shown import Shown
from backoffice.words import Words
from payops_contracts.money import CURRENCY_DECIMALS, format_money
from payops_kernel.zones import Zone

NOW = datetime(2025, 11, 2, 8, 22, 11, tzinfo=UTC)
ROME = Zone("Europe/Rome")


@pytest.mark.parametrize(
    ("minor", "currency", "english", "italian"),
    [
        (323, "USD", "US$3.23", "3,23 US$"),
        (-100_000, "EUR", "-€1,000.00", "-1.000,00 €"),
        (500, "JPY", "¥500", "500 ¥"),
        (1_250, "KWD", "KWD 1.250", "1,250 KWD"),
        (-5, "EUR", "-€0.05", "-0,05 €"),
    ],
)
def test_money_is_written_as_its_readers_write_it(
    minor: int, currency: str, english: str, italian: str
) -> None:
    assert format_money(minor, currency) == english
    assert format_money(minor, currency, "it").replace("\N{NO-BREAK SPACE}", " ") == italian


@pytest.mark.parametrize("language", ["en", "it"])
def test_every_currency_shows_all_its_digits(language: str) -> None:
    for currency, decimals in CURRENCY_DECIMALS.items():
        digits = "".join(c for c in format_money(1_234_567, currency, language) if c.isdigit())
        assert digits == "1234567", (currency, decimals)


def test_an_instant_is_shown_on_the_readers_clock_with_utc_and_age_beside() -> None:
    shown = shown_instant(read_instant("2025-10-30T08:22:11.9Z"), ROME, "en", NOW)
    assert shown.iso == "2025-10-30T08:22:11Z"
    assert (shown.local, shown.utc) == ("30 Oct 2025 09:22", "30 Oct 2025 08:22")
    assert shown.hint == "30 Oct 2025 08:22:11 UTC, 3 days ago"
    assert shown_instant(NOW, ROME, "it", NOW).local == "2 nov 2025 09:22"


@pytest.mark.parametrize("language", ["en", "it"])
@pytest.mark.parametrize("month", range(1, 13))
def test_a_day_is_written_as_its_readers_write_it(language: str, month: int) -> None:
    day = date(2025, month, 3)
    assert shown_day(day, language) == format_date(day, "d MMM y", locale=language)


def test_an_icon_is_drawn_once_however_often_a_page_has_it() -> None:
    assert icon("check", 14) is icon("check", 14)
    with pytest.raises(KeyError):
        icon("of-nobody")


def test_the_hour_that_a_clock_strikes_twice_is_told_apart_in_utc() -> None:
    first = datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    twice = [shown_instant(first + timedelta(hours=each), ROME, "en", NOW) for each in (0, 1)]
    assert {each.local for each in twice} == {"26 Oct 2025 02:30"}
    assert len({each.utc for each in twice}) == 2


def test_an_instant_without_an_offset_is_none() -> None:
    with pytest.raises(ValueError, match="no offset"):
        read_instant("2025-10-30T08:22:11")


def test_days_and_zones_are_named() -> None:
    assert shown_day(date(2025, 10, 30), "it") == "30 ott 2025"
    assert zone_name(Zone("America/New_York"), "it") == "New York"
    assert zone_name(Zone("UTC"), "it") == "UTC"
    assert zone_name(Zone("Europe/Rome"), "it") == "Roma"
    assert zone_name(Zone("Europe/Rome"), "en") == "Rome"


@pytest.mark.parametrize(
    ("part", "whole", "english"),
    [
        (754, 1_000, "75.40%"), (1, 3, "33.33%"), (2, 3, "66.67%"), (1, 8, "12.50%"),
        (0, 7, "0.00%"), (7, 7, "100.00%"), (0, 0, "-"),
        (999_999, 1_000_000, "99.99%"), (1, 1_000_000, "0.01%"),
    ],
)  # fmt: skip
def test_a_share_has_two_decimals_and_is_all_or_none_only_when_it_is(
    part: int, whole: int, english: str
) -> None:
    assert shown_share(part, whole, "en") == english


def test_italian_numbers_have_italian_separators() -> None:
    assert shown_share(754, 1_000, "it") == "75,40%"
    assert shown_count(3_214, "it") == "3.214"
    assert shown_count(3_214, "en") == "3,214"


def test_every_state_has_a_label_and_an_icon_that_lucide_has() -> None:
    for kind, (labels, looks) in KINDS.items():
        assert labels.keys() == looks.keys(), kind
        for look in looks.values():
            assert icon(look.icon).startswith("<svg")
    assert icon(UNKNOWN.icon).startswith("<svg")


def test_a_state_that_nobody_has_named_shows_its_raw_word() -> None:
    assert chip("transaction", "SUSPENDED").label == "SUSPENDED"
    assert chip("transaction", "SUSPENDED").look.family is Family.OFF
    assert chip("refund", "UNKNOWN").label == "Unknown outcome"


def test_a_chip_escapes_what_it_shows() -> None:
    shown = Shown(Words("it"), ROME, NOW)
    assert "&lt;b&gt;" in shown.chip("transaction", "<b>")
    assert ">Pagato</span>" in shown.chip("transaction", "PAID")
    assert str(shown.chip("transaction", None)) == "-"


def test_what_is_missing_is_a_dash() -> None:
    shown = Shown(Words("en"), ROME, NOW)
    assert shown.money(None, "EUR") == "-"
    assert str(shown.instant(None)) == "-"
    nothing: tuple[object, ...] = ("", None, [])
    assert [shown.missing(each) for each in nothing] == ["-", "-", "-"]
    assert shown.missing(0) == 0


def test_a_long_identifier_is_cut_in_the_middle() -> None:
    assert shortened("txn_9f0a11223344c41d2e") == "txn_9f0a…c41d2e"
    assert shortened("ORD-104217") == "ORD-104217"


def test_an_id_in_a_phones_bar_shows_both_its_ends_and_words_are_not_cut() -> None:
    assert for_bar("SIM-MX174LYZ1-241203-0007") == "SIM-MX…0007"
    assert for_bar("Replay dead letter") == "Replay dead letter"
