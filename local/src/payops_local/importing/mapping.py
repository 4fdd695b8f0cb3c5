"""What every kind of mapping has, and how one is found, read and judged."""

from __future__ import annotations

import tomllib
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from payops_contracts.envelope import Source
from payops_contracts.fields import said_plainly
from payops_local.errors import PlatformError

SHIPPED = Path(__file__).parent / "mappings"
ENDING = ".toml"
MAPPING_BYTES_MAX = 256 * 1024


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise ValueError(f"'{name}' is not an IANA time zone such as Europe/Rome") from None
    return name


class FileFormat(_Part):
    """How the file is cut into rows and cells; always UTF-8, with or without a byte-order mark."""

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    header: tuple[str, ...] | None = None
    """Names of the columns, for a file without a header line."""


class Dates(_Part):
    """How instants are written. ``iso`` is ISO 8601; else a strptime format."""

    format: str = "iso"
    zone_name: Annotated[str, Field(alias="zone"), AfterValidator(_zone)] = "UTC"
    """The zone of instants that name no offset of their own."""

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone itself."""
        return ZoneInfo(self.zone_name)


class Amounts(_Part):
    """How amounts are written."""

    decimal_mark: Literal[".", ","] = "."
    thousands_mark: Literal["", ",", ".", " ", "'"] = ""
    minor_units: bool = False
    """Whether amounts are whole numbers of minor units (cents) already."""

    @model_validator(mode="after")
    def _marks_differ(self) -> Amounts:
        if self.decimal_mark == self.thousands_mark:
            raise ValueError("decimal_mark and thousands_mark are the same")
        return self


class Mapping(_Part):
    """The parts that do not depend on what is imported."""

    kind: str
    source: Source
    """Source of the events. Another source makes the same rows other events: never change it."""
    about: str = ""
    file: FileFormat = FileFormat()
    dates: Dates = Dates()
    amounts: Amounts = Amounts()


M = TypeVar("M", bound=Mapping)


def load_mapping(name_or_file: str, model: type[M]) -> M:
    """The mapping by the name of a shipped one, or of a file; raises PlatformError."""
    path = find_mapping(name_or_file)
    table = _read(path)
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise PlatformError(f"The mapping {path} is not valid: {sentence(error)}.") from error


def find_mapping(name_or_file: str) -> Path:
    """Where the mapping lies; raises PlatformError that names the shipped ones."""
    shipped = SHIPPED / (name_or_file + ENDING)
    if "/" not in name_or_file and shipped.is_file():
        return shipped
    path = Path(name_or_file)
    if path.is_file():
        return path
    known = ", ".join(sorted(each.stem for each in SHIPPED.glob(f"*{ENDING}")))
    raise PlatformError(
        f"There is no mapping '{name_or_file}': name a TOML file or one of {known}. "
        f"How to write one stands in {SHIPPED / 'README.md'}."
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAPPING_BYTES_MAX:
            raise PlatformError(f"The mapping {path} is over {MAPPING_BYTES_MAX // 1024} KiB.")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PlatformError(f"The mapping {path} is not a TOML file: {error}.") from error
    except OSError as error:
        raise PlatformError(f"The mapping {path} cannot be read: {error.strerror}.") from error


def sentence(error: ValidationError) -> str:
    """The first problem, as ``where: what``; of an event the first of its data."""
    errors = error.errors(include_url=False, include_input=False, include_context=True)
    first = next((each for each in errors if "data" in each["loc"]), errors[0])
    # A part such as ``tuple[str, ...]`` is the validator's word, not the file's.
    where = ".".join(str(part) for part in first["loc"] if "[" not in str(part))
    what = said_plainly(first)
    return f"{where}: {what}" if where else what
