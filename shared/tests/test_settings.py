"""What starts nothing but a demo: default secrets, seeded users, placeholders."""

from typing import Annotated

import pytest

from payops_kernel.settings import DemoOnly, OwnValue, ServiceSettings, UnfitSettings

OWN_KEY = "k" * 32


class Settings(ServiceSettings):
    mailer: Annotated[str, OwnValue("set who you are")] = "nobody"
    seeds: Annotated[str, DemoOnly("name your own")] = ""


def test_defaults_are_taken_by_a_demo_alone() -> None:
    Settings(demo=True).require_own_values()
    with pytest.raises(UnfitSettings) as refused:
        Settings(demo=False, seeds="users.json").require_own_values()
    said = str(refused.value)
    assert "PAYOPS_CURSOR_KEY has its default: set a long random text" in said
    assert "PAYOPS_MAILER has its default: set who you are" in said
    assert "PAYOPS_SEEDS is for demos: name your own" in said
    assert "PAYOPS_DEMO=1" in said


def test_values_of_ones_own_start() -> None:
    Settings(demo=False, cursor_key=OWN_KEY, mailer="us").require_own_values()


@pytest.mark.parametrize("key", ["", "short", " " * 40])
def test_a_secret_that_is_easily_guessed_is_no_better_than_the_default(key: str) -> None:
    with pytest.raises(UnfitSettings, match="PAYOPS_CURSOR_KEY is shorter than 32 characters"):
        Settings(demo=False, cursor_key=key, mailer="us").require_own_values()


def test_a_refusal_never_says_the_value() -> None:
    with pytest.raises(UnfitSettings) as refused:
        Settings(demo=False, cursor_key="hunter2").require_own_values()
    assert "hunter2" not in str(refused.value)
