"""What a change costs, counted: files of one more field, filter or service; lines there are.

``python -m architecture.cost_of_change``, called in ``tests``, prints what its test bounds.
"""

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from architecture.refund_trace import entries_of_a_refund
from payops_local.places import CHECKOUT

FIELD, FILTER, SERVICE = "link", "amount_from", "analytics"
"""Those that are counted: a field that upstream says and the list shows; one of its filters; the
service that was made last."""
LABEL = "Link"
"""What people read for the field: pages have it, and each catalogue of another language."""
TYPED = ("contracts/src/", "shared/src/", "services/transactions/src/")
"""Where a field or a filter may have to be typed."""
MADE = tuple(f"contracts/{each}/" for each in ("asyncapi", "examples", "openapi", "published"))
MADE += ("contracts/schemas/", "contracts/EVENTS.md")
"""What is generated out of the rest, and committed."""
PAGES = (
    "services/backoffice/",
    "contracts/src/payops_contracts/pages/",
    "local/src/payops_local/screenshots/",
)
"""Pages about what a service does are no part of having it: they come when somebody needs them."""
COMPARES = "local/src/payops_local/verifying/"
"""``./payops verify``, which compares this service's numbers: no other service has a part in it."""

KERNEL = "shared/src/payops_kernel/"
SERVICES = tuple(f"services/{each}/src/" for each in ("transactions", "analytics", "gateway"))


def tracked() -> list[str]:
    """Every file that is there and not ignored, committed or not, from the checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [name for name in listed.split("\0") if name and (CHECKOUT / name).is_file()]


def typing(word: str, files: Iterable[str]) -> list[str]:
    """The Python files in which ``word`` is code: a name, an argument or a text, no comment."""
    return [name for name in files if name.startswith(TYPED) and word in _words(CHECKOUT / name)]


def saying(label: str, files: Iterable[str]) -> list[str]:
    """The declarations of pages and the catalogues of words in which a label is typed."""
    said = (f'label = "{label}"', f'msgid "{label}"')
    pages = (name for name in files if name.startswith(PAGES) and name.endswith((".toml", ".po")))
    return [name for name in pages if any(each in _text(CHECKOUT / name) for each in said)]


def _words(path: Path) -> Iterator[object]:
    if path.suffix != ".py":
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for part in ("id", "attr", "arg", "value", "name"):
            yield getattr(node, part, None)


def naming(service: str, files: Iterable[str]) -> dict[str, list[str]]:
    """The files outside its own folder that name a service, by what they are."""
    named = re.compile(rf"\b{service}\b")
    found: dict[str, list[str]] = {}
    for name in files:
        if not name.startswith(f"services/{service}/") and named.search(_text(CHECKOUT / name)):
            found.setdefault(_kind(name), []).append(name)
    return found


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


def _kind(name: str) -> str:
    if name.startswith(MADE):
        return "generated"
    if name.endswith(".md"):
        return "documents"
    if "tests" in Path(name).parts or name.startswith("examples/"):
        return "tests and examples"
    if name.startswith(PAGES):
        return "pages"
    return "verify" if name.startswith(COMPARES) else "edited"


def lines(prefixes: tuple[str, ...], files: Iterable[str]) -> int:
    """Lines of the Python files below these folders, as ``wc -l`` counts them."""
    python = (name for name in files if name.startswith(prefixes) and name.endswith(".py"))
    return sum((CHECKOUT / name).read_bytes().count(b"\n") for name in python)


def report() -> Iterator[str]:
    """Every figure with what it consists of."""
    files = tracked()
    field, one = typing(FIELD, files) + saying(LABEL, files), typing(FILTER, files)
    yield f"one more field, up to pages ({FIELD}): {len(field)} files: {', '.join(field)}"
    yield f"one more filter of the list ({FILTER}): {len(one)} files: {', '.join(one)}"
    for kind, names in naming(SERVICE, files).items():
        yield f"one more service ({SERVICE}), {kind}: {len(names)} files: {', '.join(names)}"
    for (file, function), times in sorted(entries_of_a_refund().items()):
        yield f"a refund enters {file} {function}: {times}"
    yield f"lines of the kernel: {lines((KERNEL,), files)}"
    for service in SERVICES:
        yield f"lines of {service}: {lines((service,), files)}"
    yield f"lines of all these: {lines((KERNEL, *SERVICES), files)}"


if __name__ == "__main__":
    print("\n".join(report()))  # noqa: T201 - for reading
