# ruff: noqa: RUF001 - letters that look like others are what this is about
"""A text is found in whichever form it was typed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payops_kernel.search_text import searchable, without_apostrophes, words_of

ALIKE = [
    ("José García", "jose garcia"),
    ("Nguyễn Văn Đức", "nguyen van duc"),
    ("İSTANBUL Istanbul ıstanbul", "istanbul istanbul istanbul"),
    ("Straße GROẞ", "strasse gross"),
    ("Øystein Łukasz Þór Æsa Œuvre", "oystein lukasz thor aesa oeuvre"),
    ("O'Brien O’Brien OʼBrien O`Brien O＇Brien", "obrien obrien obrien obrien obrien"),
    ("Ｊｏｓé ０１２ ﬁn ①", "jose 012 fin 1"),
    ("Zero\u200bwidth so\xadft \ufeffmark\u2060s", "zerowidth soft marks"),
    ("ΣΊΣΥΦΟΣ σίσυφος", "σισυφοσ σισυφοσ"),
    ("Алёна Й", "алена и"),
    ("مُحَمَّد مـحـمـد", "محمد محمد"),
    ("أحمد إحمد احمد", "احمد احمد احمد"),
    ("علی كریم", "علي كريم"),
    ("שָׁלוֹם", "שלום"),
    ("がぎ ｶﾞｷﾞ ガギ", "ガギ ガギ ガギ"),
    ("٢٠ २०", "20 20"),
    ("Gal·la", "galla"),
    ("z\u0336o\u20ddé", "zoe"),
]
texts = st.text() | st.text(st.sampled_from("aAéÉıİiIßẞøŁ'’- .@\u0301\u0307\u200b\u0345ガﾞ가ﷺ\x1f"))


@pytest.mark.parametrize(("text", "expected"), ALIKE)
def test_ways_to_write_a_name_are_one(text: str, expected: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert searchable(unicodedata.normalize(form, text)) == expected
    assert " ".join(words_of(text)) == expected


def test_an_accent_that_is_typed_for_an_apostrophe_is_one() -> None:
    assert searchable("O´Brien") == searchable("O'Brien")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Anne-Marie de-l’Aune", ["anne", "marie", "de", "laune"]),
        ("García,José", ["garcia", "jose"]),
        ("J.R.R. Tolkien (jr.)", ["j", "r", "r", "tolkien", "jr"]),
        ("नमस्ते ไทย", ["नमस्ते", "ไทย"]),  # their vowels are no accents
        ("José 🎉 García", ["jose", "garcia"]),
        ("…", []),
    ],
)
def test_all_but_letters_and_digits_divides_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("D'Angelo", ["d", "angelo"]),
        ("O’Brien OʼBrien O`Brien O´Brien", ["o", "brien"] * 4),
        ("L'Anne-Marie", ["l", "anne", "marie"]),
        ("Ann", ["ann"]),
        ("'", []),
    ],
)
def test_without_apostrophes_they_divide_words_too(text: str, words: list[str]) -> None:
    assert words_of(without_apostrophes(text)) == words


def test_an_address_keeps_its_signs() -> None:
    assert searchable(" Marco.Rossi_x@Exämple.com ") == "marco.rossi_x@example.com"


@given(texts)
def test_forms_of_a_text_are_one_and_stay_so(text: str) -> None:
    once = searchable(text)
    assert searchable(once) == once
    for form in ("NFC", "NFD"):
        assert searchable(unicodedata.normalize(form, text)) == once
    assert " ".join(words_of(text)) == " ".join(words_of(once))
    assert not any(word != word.strip() or "\x1f" in word for word in words_of(text))


@given(st.text(st.characters(categories=["Lu", "Ll"], max_codepoint=0x24F)))
def test_case_makes_no_difference(text: str) -> None:
    assert searchable(text.upper()) == searchable(text.lower()) == searchable(text)
