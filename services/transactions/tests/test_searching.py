"""By which words a customer is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payops_kernel.search_text import words_of
from payops_testing.transactions.builders import a_description
from transactions.domain.searching import (
    CUSTOMER_PREFIX,
    PHRASE_CHARACTERS_MAX,
    WORDS_MAX,
    search_words,
    typed,
)


def is_found(name: str, text: str) -> bool:
    words = search_words(a_description(user_name=name, user_email=None))
    return any(word.startswith(form) for form in typed(text) for word in words)


def test_a_name_is_found_from_each_of_its_words_on_and_in_any_case() -> None:
    d = a_description(user_id="u-1", user_email="Marco@Example.com", user_name="Marco  De Luca")
    assert search_words(d) == [
        CUSTOMER_PREFIX + "u-1",
        "marco@example.com",
        "marco de luca",
        "de luca",
        "luca",
    ]
    assert typed(" De  LUCA ") == ["de luca", CUSTOMER_PREFIX + "De  LUCA"]


def test_a_customer_is_found_by_the_beginning_of_their_id_as_it_is_written() -> None:
    words = search_words(a_description(user_id="Cust-0042"))
    for text, found in (
        ("Cust-0042", True),
        (" Cust-00", True),
        ("cust-00", False),
        ("0042", False),
    ):
        assert any(word.startswith(form) for form in typed(text) for word in words) is found


def test_what_is_typed_may_be_an_address_or_a_name_with_signs_in_it() -> None:
    address, name = "Jean-Luc.P@x", "O\u2019Brien"
    assert typed(address) == ["jean-luc.p@x", "jean luc p x", CUSTOMER_PREFIX + address]
    assert typed(name) == ["obrien", CUSTOMER_PREFIX + name]
    assert typed("\x1fu-1") == ["u-1", "u 1", CUSTOMER_PREFIX + "u-1"]
    assert typed("\u200b") == typed(" ") == []


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("Rosa D'Angelo", ["angelo", "d angelo", "dangelo", "D\u2019Ang", "rosa d ang"]),
        ("Siobh\u00e1n O\u2019Brien", ["brien", "o brien", "obrien", "o'brien", "siobhan obrien"]),
    ],
)
def test_an_apostrophe_joins_words_and_divides_them(name: str, texts: list[str]) -> None:
    assert [text for text in texts if not is_found(name, text)] == []
    assert not is_found(name, "rien")


def test_a_name_without_letters_is_found_by_its_signs() -> None:
    assert is_found("🎉", "🎉")


def test_every_word_of_the_longest_name_is_found_and_the_document_stays_small() -> None:
    for name in (
        " ".join(chr(ord("a") + n % 26) + chr(ord("a") + n // 26) for n in range(67))[:200],
        " ".join("abcdefghijklmnopqrstuvwxyz" * 4)[:200],
        " ".join(f"word{n:02}" for n in range(29))[:200],
    ):
        words = search_words(a_description(user_name=name, user_email=None))
        assert all(is_found(name, word) for word in name.split())
        assert is_found(name, name)
        assert len(words) <= WORDS_MAX + 1
        assert all(len(word) <= PHRASE_CHARACTERS_MAX for word in words[1:])


@given(st.text(min_size=1, max_size=200), st.integers(0, 5))
def test_any_name_is_found_from_any_of_its_words_on(name: str, first: int) -> None:
    part = " ".join(name.split()[first:])
    words = search_words(a_description(user_name=name, user_email=None))
    assert all(len(word) <= PHRASE_CHARACTERS_MAX for word in words[1:] if words_of(name))
    if words_of(part) and len(words_of(name)) <= WORDS_MAX:
        assert is_found(name, part)
