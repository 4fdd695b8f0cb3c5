"""What the committed schemas say of an event, by a validator that is not ours, beside the rules
that no schema can say; and values that try both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import jsonschema
from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema
from jsonschema.validators import extend

from payops_contracts.envelope import DATA_BYTES_MAX
from payops_contracts.past_currencies import LAST_YEARS
from payops_contracts.registry import EVENT_MODELS
from payops_kernel.messaging.records import Record
from payops_kernel.ports import Headers
from payops_local.places import CHECKOUT

CONTRACTS = CHECKOUT / "contracts"
UPSTREAM = sorted(name for name in EVENT_MODELS if name.startswith("upstream."))
Event = dict[str, Any]

_FORMATS = jsonschema.FormatChecker(formats=())
_DATE_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII
)


@_FORMATS.checks("date-time")
def _is_date_time(text: object) -> bool:
    """RFC 3339 by its own words, section 5.6 and 5.7."""
    if not isinstance(text, str):
        return True
    found = _DATE_TIME.fullmatch(text)
    if found is None:
        return False
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    sign, hours, minutes = found[7] or "+", int(found[8] or 0), int(found[9] or 0)
    try:
        date(year, month, day)
    except ValueError:
        return False
    if hour > 23 or minute > 59 or second > 60 or hours > 23 or minutes > 59:
        return False
    east = (hours * 60 + minutes) * (1 if sign == "+" else -1)
    return second < 60 or (hour * 60 + minute - east) % (24 * 60) == 24 * 60 - 1


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    # ECMA's $ is the end of the text; Python's is also before a last line end.
    ecma = re.sub(r"\$$", r"\\Z", pattern)
    if isinstance(instance, str) and not re.search(ecma, instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator: Any = extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator, {"pattern": _pattern}
)


@cache
def schema_of(event_type: str) -> Event:
    """The committed schema of an event."""
    file = CONTRACTS / "schemas" / f"{event_type}.json"
    schema: Event = json.loads(file.read_text(encoding="utf-8"))
    return schema


@cache
def _validator_of(event_type: str) -> Any:
    return _Validator(schema_of(event_type), format_checker=_FORMATS)


def fits(event_type: str, event: Event) -> bool:
    """Whether an event fits its schema and the rules that no schema says."""
    return bool(_validator_of(event_type).is_valid(event)) and not beyond_the_schema(event)


def beyond_the_schema(event: Event) -> list[str]:
    """The rules of contracts/README.md, "What no schema says", that an event breaks."""
    data = event["data"]
    broken = []
    if event["subject"] != data[subject_field(data)]:
        broken.append("subject")
    broken += _not_adding_up(data)
    starts = data.get("first_payment_on") or data.get("created_at", "")[:10]
    if (data.get("expires_on") or starts) < starts:
        broken.append("expires before its first payment")
    currencies = [each["currency"] for each in data.get("totals", ())]
    if len(set(currencies)) < len(currencies):
        broken.append("a currency twice")
    if not all(1970 <= _year(text) <= 2200 for text in (event["time"], *_instants(data))):
        broken.append("years of UTC")
    if "created_at" in data and _year(data["created_at"]) > LAST_YEARS.get(data["currency"], 9999):
        broken.append("currency of the past")
    if len(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()) > DATA_BYTES_MAX:
        broken.append("size")
    return broken


def _instants(data: Any) -> Iterator[str]:
    """The instants of data that fits its schema, at any depth."""
    if isinstance(data, list):
        for item in data:
            yield from _instants(item)
    elif isinstance(data, dict):
        for name, value in data.items():
            if name == "attributes":
                continue  # what a shop names as it likes
            if name == "at" or name.endswith("_at"):
                yield value
            else:
                yield from _instants(value)


def subject_field(data: Mapping[str, Any]) -> str:
    """The field of an event's data that its subject repeats."""
    names = (
        *("charge_id", "transaction_id", "billing_cycle_code", "batch_code"),
        "subscription_id",
    )
    return next(name for name in names if name in data)


def _not_adding_up(data: Event) -> list[str]:
    """Which sums of a charge that is raised are none; other events have no such parts."""
    amount, net, tax = data.get("amount_minor"), data.get("net_minor"), data.get("tax_minor")
    broken = []
    if tax is not None and (tax > amount or (net is not None and net + tax != amount)):
        broken.append("net and tax")
    if net is not None and net > amount:
        broken.append("net")
    lines = data.get("tax_lines")
    if lines and sum(line["amount_minor"] for line in lines) != amount:
        broken.append("lines of tax")
    return broken


def _year(text: str) -> int:
    plain = re.sub(r"[:]60", ":59", text.upper())
    return datetime.fromisoformat(plain).astimezone(UTC).year


_digits = st.text("0123456789", min_size=1, max_size=12)
INSTANTS = st.builds(
    lambda at, t, fraction, zone: f"{at:%Y-%m-%d}{t}{at:%H:%M:%S}{fraction}{zone}",
    st.datetimes(datetime(1971, 1, 1), datetime(2199, 12, 31)),  # noqa: DTZ001 - the zone is beside
    st.sampled_from("Tt"),
    st.just("") | _digits.map(".{}".format),
    st.sampled_from(["Z", "z", "+00:00", "-00:00", "+05:30", "-23:59", "+23:59"]),
) | st.sampled_from(["2016-12-31T23:59:60Z", "2016-12-31t15:59:60.5-08:00"])


ITEMS_MAX = 3
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=3,
)
_UNKNOWN = st.dictionaries(st.from_regex("x[a-z0-9]{0,8}", fullmatch=True), _ANYTHING, max_size=2)
"""Fields that no model knows: attributes of others, of any JSON type."""


@cache
def events_of(event_type: str) -> st.SearchStrategy[Event]:
    """Whatever the schema allows, with the rules beside it kept."""
    schema = schema_of(event_type)
    made = _made_of(schema, schema).map(_with_rules_kept)
    return made.filter(lambda event: not beyond_the_schema(event))


def _made_of(schema: Event, node: Event) -> st.SearchStrategy[Any]:
    """Objects and lists are put together here: hypothesis-jsonschema's own do not go with this
    hypothesis. Whatever has a value, it makes."""
    if "$ref" in node:
        return _made_of(schema, schema["$defs"][node["$ref"].removeprefix("#/$defs/")])
    if "anyOf" in node:
        return st.one_of([_made_of(schema, branch) for branch in node["anyOf"]])
    if "properties" in node:
        fields = {name: _made_of(schema, it) for name, it in node["properties"].items()}
        required = {name: fields.pop(name) for name in node["required"]}
        known = st.fixed_dictionaries(required, optional=fields)
        return st.builds(lambda more, some: {**more, **some}, _UNKNOWN, known)
    if "propertyNames" in node:
        keys = from_schema({"type": "string", **node["propertyNames"]})
        values = _made_of(schema, node["additionalProperties"])
        return st.dictionaries(keys, values, max_size=min(node["maxProperties"], ITEMS_MAX))
    if "items" in node:
        most = min(node.get("maxItems", ITEMS_MAX), ITEMS_MAX)
        return st.lists(_made_of(schema, node["items"]), max_size=most)
    if node.get("format") == "date-time":
        return INSTANTS
    made = from_schema(node)
    if node.get("type") == "integer":
        return made | made.map(_as_float).filter(lambda number: abs(number) < 2**53)
    return made


def _as_float(number: Any) -> float:
    return float(number)


def _with_rules_kept(event: Event) -> Event:
    data = {**event["data"]}
    if "created_at" in data and _year(data["created_at"]) > LAST_YEARS.get(data["currency"], 9999):
        data["currency"] = "EUR"
    if data.get("net_minor") is not None or data.get("tax_minor") is not None:
        tax = min(data.get("tax_minor") or 0, data["amount_minor"])
        data |= {"tax_minor": tax, "net_minor": data["amount_minor"] - tax}
    for line in (data.get("tax_lines") or ())[:1]:
        data["tax_lines"] = [{**line, "amount_minor": data["amount_minor"]}]
    return {**event, "subject": data[subject_field(data)], "data": data}


def structured(event: Event) -> Record:
    """The event as a record in structured mode."""
    return _record(json.dumps(event).encode(), ())


def binary(event: Event) -> Record:
    """The event as a record in binary mode; what no header can hold is left out."""
    content_type = event.get("datacontenttype")
    headers = {
        f"ce_{name}": f"{value}".lower() if isinstance(value, bool) else str(value)
        for name, value in event.items()
        if name not in {"data", "datacontenttype"} and isinstance(value, str | int)
    }
    if content_type is not None:
        headers["content-type"] = content_type
    return _record(
        json.dumps(event["data"]).encode(),
        tuple((name, text.encode()) for name, text in headers.items()),
    )


def _record(value: bytes, headers: Headers) -> Record:
    return Record("upstream.payments", 0, 0, 0, b"k", value, headers)


NASTY: list[Any] = [
    *[None, True, False, 0, 1, -1, 1.5, -0.0, 1000.0, 1e3, 1e300, 1_000_000, 1_000_001],
    *[10**12, 10**12 + 1, 1e12, -(10**12), -(10**12) - 1, 2**53 - 1, 2**53, 2**63, 10**30],
    *["", " ", "1.0", "1000", "true", "null", "x" * 40, "x" * 41, "x" * 64, "x" * 65, "x" * 128],
    *["x" * 129, "x" * 200, "x" * 201, "x" * 254, "x" * 255, "x" * 256, "x" * 257, "x" * 1024],
    *["x" * 1025, "x" * 2000, "x" * 2001, "\N{GRINNING FACE}" * 128, "\N{GRINNING FACE}" * 129],
    *["a\x00", "a\nb", "a\n", "a\x85", "a\xad", "a\u200bb", "\u202eab", "\u2066a", "\ufeffa"],
    *["a\u2028", "a\u3164", "\U000e0041", "e\u0301", "\xa0", "export", "..", "exports", "EXPORT"],
    *[
        "/payops",
        "/payops/",
        "/payops/hub",
        "/payopsy",
        "payops/hub",
        "/PAYOPS/hub",
        "urn:payops:x",
    ],
    *["application/json", "text/json", "Application/JSON; charset=utf-8", "application/vnd.x+json"],
    *["application/json-seq", "text/xml", "json", "a/b+jsonx", "application/json;\u00e9"],
    *["USD", "usd", "XXX", "HRK", "ITL", "CSK", "USD\n", "DIRECT", "direct", "http://x", "ftp://x"],
    *["2026-11-27t10:00:00z", "2026-11-27T10:00:00Z", "20261127T100000Z", "2026-W48-5T10:00:00Z"],
    *[
        "2026-11-27 10:00:00Z",
        "2026-11-27T10:00:00",
        "2026-11-27",
        "2026-11-27T10:00Z",
        "9999-12-31",
    ],
    *["2026-11-27T10:00:00,5Z", "2026-11-27T10:00:00.123456789012Z", "2026-11-27T10:00:00.Z"],
    *["2026-11-27T10:00:00+02:00:30", "2026-11-27T10:00:00+0200", "2026-11-27T10:00:00-00:00"],
    *[
        "2026-02-29T10:00:00Z",
        "2028-02-29T10:00:00Z",
        "2026-11-27T24:00:00Z",
        "2016-12-31T23:59:60Z",
    ],
    *[
        "2016-12-31T23:58:60Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00Z",
        "2201-01-01T00:00:00Z",
    ],
    *["2200-12-31T23:59:59Z", "9999-12-31T00:00:00Z", "1970-01-01T00:00:00+01:00"],
    *[[], {}, [1], ["a"], ["a"] * 10, ["a"] * 11, {"id": "u"}, [{}], [[]]],
]
"""Values at limits and behind them, some fine, some not: which is which is the schema's to say."""

NAMES = ["data_base64", "com.example", "region", "Sequence"]


def paths(node: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in an event."""
    inner: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(node, Mapping):
        inner = iter(node.items())
    elif isinstance(node, list):
        inner = iter(enumerate(node))
    for key, value in inner:
        yield (*at, key)
        yield from paths(value, (*at, key))


def changed(event: Event, path: tuple[str | int, ...], value: Any, *, away: bool) -> Event:
    """A copy of the event with one place replaced, or taken away."""
    copy: Event = json.loads(json.dumps(event))
    place: Any = copy
    for key in path[:-1]:
        place = place[key]
    if away:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return copy
