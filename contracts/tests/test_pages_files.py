"""A file of pages: laid over the defaults, refused with its line, written out again."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from payops_contracts.openapi import committed
from payops_contracts.pages import Kind, Translated, default_pages, in_language
from payops_contracts.pages.api import GatewayApi
from payops_contracts.pages.defaults import FILE
from payops_contracts.pages.reading import FILE_BYTES_MAX, EffectivePages, effective_pages
from payops_contracts.pages.references import wrong_references
from payops_contracts.pages.writing import as_toml
from payops_contracts.pages.wrong import WrongPages

API = committed()["gateway"]
SCHEMA = Path(__file__).parents[1] / "schemas" / "pages.json"


def held(text: str) -> EffectivePages:
    return effective_pages(API, text.encode(), "mine.toml")


def problems(text: str) -> list[str]:
    with pytest.raises(WrongPages) as refused:
        held(text)
    return str(refused.value).splitlines()


def columns(pages: EffectivePages, page: str = "transactions") -> list[str]:
    return list(pages.pages.lists[page].columns)


def test_the_defaults_name_only_what_is_there() -> None:
    wrong = wrong_references(default_pages(), GatewayApi(API))
    assert [f"{'.'.join(each.at)}: {each.says}" for each in wrong] == []


def test_a_transaction_has_the_columns_of_the_requirements_in_their_order() -> None:
    page = default_pages().lists["transactions"]
    shown = [column.label for column in page.columns.values() if column.shown]
    assert shown == ["Status", "Date", "Transaction ID", "Amount", "Method", "Channel"]


def test_a_transaction_is_filtered_by_all_that_the_requirements_name() -> None:
    named = {"Status", "Date", "Amount", "Method", "Type", "Channel", "Provider", "Customer"}
    filters = default_pages().lists["transactions"].filters.values()
    assert named <= {str(each.label) for each in filters}


def test_an_empty_file_changes_nothing() -> None:
    assert held("").pages == default_pages()
    assert effective_pages(API).pages == default_pages()
    assert held("").digest == effective_pages(API).digest


def test_a_setting_of_an_entry_is_changed_and_its_others_stay() -> None:
    pages = held('[lists.transactions.columns]\nprovider = { shown = true, label = "PSP" }')
    column = pages.pages.lists["transactions"].columns["provider"]
    assert (column.label, column.shown, column.words) == ("PSP", True, "provider")
    assert columns(pages) == list(default_pages().lists["transactions"].columns)


def test_an_entry_that_is_new_stands_at_the_end() -> None:
    pages = held(
        '[lists.transactions.columns]\nin_flight_minor = { label = "On its way", kind = "money" }'
    )
    assert columns(pages)[-1] == "in_flight_minor"
    assert pages.pages.lists["transactions"].columns["in_flight_minor"].kind is Kind.MONEY


def test_an_entry_new_or_old_is_put_before_another() -> None:
    pages = held(
        "[lists.transactions.columns]\n"
        'flags = { label = "Flags", kind = "list", before = "created_at" }\n'
        'channel = { before = "status" }\n'
    )
    assert columns(pages)[:4] == ["channel", "status", "flags", "created_at"]


def test_false_takes_an_entry_a_table_and_a_setting_away() -> None:
    text = "[lists.transactions]\nsearch = false\ntabs = false\ncolumns.channel = false"
    page = held(text).pages.lists["transactions"]
    assert (page.search, page.tabs) == (None, None)
    assert "channel" not in page.columns


def test_false_is_the_value_of_a_yes_or_no() -> None:
    page = held("[lists.transactions.columns]\nmethod = { shown = false }").pages.lists[
        "transactions"
    ]
    assert not page.columns["method"].shown


def test_a_list_of_names_is_replaced_whole() -> None:
    page = held('[lists.transactions]\nrow_actions = ["open"]').pages.lists["transactions"]
    assert page.row_actions == ["open"]


def test_a_label_is_said_in_each_language_or_in_english_to_be_translated() -> None:
    text = '[navigation.operations]\nlabel = { en = "Money", it = "Denaro" }'
    label = held(text).pages.navigation["operations"].label
    assert label == Translated(en="Money", it="Denaro")
    assert in_language(label, "it", str.upper) == "Denaro"
    assert in_language("Money", "it", str.upper) == "MONEY"


def test_the_digest_changes_with_the_order_of_columns() -> None:
    moved = held('[lists.transactions.columns]\nchannel = { before = "status" }')
    assert moved.digest != held("").digest


def test_what_is_written_out_is_a_file_that_says_the_same() -> None:
    moved = 'channel = { before = "status" }\nmethod = false'
    for text in ("", f"[lists.transactions.columns]\n{moved}"):
        once = held(text)
        again = held(once.file)
        assert again.pages == once.pages
        assert again.digest == once.digest
        assert again.file == once.file


def test_hostile_texts_are_written_out_as_they_are() -> None:
    nasty = 'a "quoted"\\ \t\n\x7f €‮'
    assert tomllib.loads(as_toml({"a": {"b c": nasty, "d": [1, 2.5, True]}})) == {
        "a": {"b c": nasty, "d": [1, 2.5, True]}
    }


def test_everybody_sees_the_origin_of_an_endpoint_and_not_its_path() -> None:
    shown = held(ACTION).shown
    assert shown["actions"]["erp"]["endpoint"]["url"] == "https://erp.example"
    assert "secret-path" not in json.dumps(shown)


ACTION = """
[actions.erp]
label = "To the ERP"
icon = "send"
of = "transaction"
confirm = "It goes to the ERP."
endpoint = { url = "https://erp.example/secret-path", fields = { amount = "payment.amount_minor" } }
"""
COLUMNS = "[lists.transactions.columns]\n"
MARK = "#! "
REFUSED = (
    Path(__file__).with_name("wrong_pages.txt").read_text(encoding="utf-8").split("----\n")[1:]
)


@pytest.mark.parametrize(
    "text", REFUSED, ids=[each.partition(MARK)[2].partition("\n")[0] for each in REFUSED]
)
def test_what_is_wrong_is_said_with_its_line_and_the_mend(text: str) -> None:
    (line,) = [number for number, each in enumerate(text.split("\n"), 1) if MARK in each]
    says = text.partition(MARK)[2].partition("\n")[0]
    said = problems(text)
    assert [each for each in said if each.startswith(f"mine.toml:{line}: ") and says in each], said


def test_every_problem_of_a_file_is_said_at_once_in_the_order_of_the_lines() -> None:
    said = problems(COLUMNS + "status = { kind = 'pill' }\nmethod = { kind = 'x' }")
    assert [each.split(": ")[0] for each in said] == ["mine.toml:2", "mine.toml:3"]


def test_of_very_many_problems_the_first_are_said_and_the_others_counted() -> None:
    said = problems("".join(f"x{number} = 1\n" for number in range(100)))
    assert len(said) == 21
    assert said[-1] == "mine.toml: and 80 more."


def test_a_file_that_is_too_large_or_no_text_is_refused() -> None:
    with pytest.raises(WrongPages, match=r"mine.toml: has more than 262,144 bytes"):
        effective_pages(API, b"#" * (FILE_BYTES_MAX + 1), "mine.toml")
    with pytest.raises(WrongPages, match=r"mine.toml:2: is not UTF-8"):
        effective_pages(API, b"#\n# \xff", "mine.toml")


def test_a_page_for_people_whom_its_resource_refuses_is_refused() -> None:
    api = json.loads(json.dumps(API))
    api["paths"]["/v1/transactions"]["get"]["x-payops-role"] = "admin"
    mine = b"""
[lists.mine]
title = "Mine"
path = "/mine"
row = "transaction_id"
resource = "/v1/transactions"
columns = { transaction_id = { label = "ID" } }
"""
    with pytest.raises(
        WrongPages, match=r'toml:6: .*is for admins; say role = "admin" of the page'
    ):
        effective_pages(api, mine, "mine.toml")


def _valid(tables: dict[str, Any]) -> list[str]:
    schema = Draft202012Validator(json.loads(SCHEMA.read_bytes()))
    return [error.json_path for error in schema.iter_errors(tables)]


def test_the_schema_for_editors_takes_the_defaults_and_what_differs_from_them() -> None:
    Draft202012Validator.check_schema(json.loads(SCHEMA.read_bytes()))
    assert _valid(tomllib.loads(FILE.read_text(encoding="utf-8"))) == []
    differs = "[lists.transactions]\ntabs = false\ncolumns.status = { before = 'method' }"
    assert _valid(tomllib.loads(differs + "\ncolumns.channel = false")) == []


@pytest.mark.parametrize(
    "wrong", ["lists.x.titel = 'x'", "lists.Bad = {}", "actions.a.role = 'boss'"]
)
def test_the_schema_for_editors_marks_what_is_wrong(wrong: str) -> None:
    assert _valid(tomllib.loads(wrong))
