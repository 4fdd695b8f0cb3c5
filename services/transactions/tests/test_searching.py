"""By which words a customer is found."""

from transaction_builders import a_description

from transactions.domain.searching import CUSTOMER_PREFIX, search_words, typed


def test_a_name_is_found_from_each_of_its_words_on_and_in_any_case() -> None:
    d = a_description(user_id="u-1", user_email="Marco@Example.com", user_name="Marco  De Luca")
    assert search_words(d) == [
        CUSTOMER_PREFIX + "u-1",
        "marco@example.com",
        "marco de luca",
        "de luca",
        "luca",
    ]
    assert typed(" De  LUCA ") == "de luca"


def test_a_long_name_does_not_make_a_long_document() -> None:
    assert len(search_words(a_description(user_name=" ".join("abcdefghijklmn")))) == 8
