"""What would break somebody: today's schema of an event against one that was published.

Publishers of inbound events keep writing what was once allowed; readers of ``payops.*`` events
keep reading what was once promised. So a field may be added when it is optional, and a limit may
be raised; the rest needs a new version of the type. Every finding is a sentence.
"""

from collections.abc import Iterator
from typing import Any

from payops_contracts.generate.schemas import Json, resolve

_CEILINGS = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties")
_FLOORS = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties")
_SAID_ELSEWHERE = {"type", "format", "enum", "const", "pattern", "not", "default", "anyOf", "oneOf"}
_SAID_ELSEWHERE |= {"items", "properties", "required", "$ref", "$defs", *_CEILINGS, *_FLOORS}
_MEANS_NOTHING = {"title", "description", "examples", "$schema", "$id", "discriminator"}


def schema_breaks(old: Json, new: Json, *, ours: bool) -> list[str]:
    """Sentences about what ``new`` takes away from whoever relies on ``old``.

    ``ours``: PayOps publishes the event, so that readers too must not be surprised: a field that
    was always there stays so, and keeps its types.
    """
    return list(_Comparison(old, new, ours).node(old, new, "", ()))


class _Comparison:
    def __init__(self, old: Json, new: Json, ours: bool) -> None:
        self._old = old
        self._new = new
        self._ours = ours

    def node(self, old: Json, new: Json, path: str, above: tuple[Any, ...]) -> Iterator[str]:
        refs = (old.get("$ref"), new.get("$ref"))
        if all(refs) and refs in above:
            return
        if "default" in old and old["default"] != new.get("default", old["default"]):
            yield f"{path}: the default changed from {old['default']!r} to {new['default']!r}"
        before, after = _kinds(self._old, old), _kinds(self._new, new)
        for kind, branch in before.items():
            if kind in after:
                yield from self._same_kind(branch, after[kind], path, (*above, refs))
            elif "anything" not in after:
                yield f"{path}: was {kind}, is now {' or '.join(after)}"
        for kind in after:
            if self._ours and kind not in before and "anything" not in before:
                yield f"{path}: may now also be {kind}"

    def _same_kind(self, old: Json, new: Json, path: str, above: tuple[Any, ...]) -> Iterator[str]:
        yield from _values(old, new, path)
        yield from _limits(old, new, path)
        yield from _keywords_without_a_rule(old, new, path)
        yield from self._properties(old, new, path, above)
        if "items" in new:
            yield from self.node(old.get("items", {}), new["items"], f"{path}[]", above)

    def _properties(self, old: Json, new: Json, path: str, above: tuple[Any, ...]) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        must_before, must_after = set(old.get("required", ())), set(new.get("required", ()))
        for name, node in before.items():
            if name not in after:
                yield f"{_join(path, name)}: was removed"
            else:
                yield from self.node(node, after[name], _join(path, name), above)
        for name in sorted(must_after - must_before):
            yield f"{_join(path, name)}: is newly required"
        if self._ours:
            for name in sorted((must_before - must_after) & set(after)):
                yield f"{_join(path, name)}: was always there and may now be missing"


def _kinds(schema: Json, node: Json) -> dict[str, Json]:
    """The JSON types that a node allows, each with its own schema."""
    node = resolve(schema, node)
    kinds: dict[str, Json] = {}
    for branch in node.get("anyOf") or node.get("oneOf") or [node]:
        for kind, deeper in _one_kind(schema, branch, node).items():
            unique = f"{kind} {deeper.get('title')}" if kind in kinds else kind
            kinds[unique] = deeper
    return kinds


def _one_kind(schema: Json, branch: Json, parent: Json) -> dict[str, Json]:
    if branch is not parent and ("$ref" in branch or "anyOf" in branch or "oneOf" in branch):
        return _kinds(schema, branch)
    kind = branch.get("type", "anything")
    return {f"{kind} ({branch['format']})" if "format" in branch else kind: branch}


def _values(old: Json, new: Json, path: str) -> Iterator[str]:
    before, after = _listed(old), _listed(new)
    if after is not None:
        if before is None:
            yield f"{path}: now takes only listed values"
        for value in before or ():
            if value not in after:
                yield f"{path}: the value {value!r} was removed"
    refused = new.get("not", {})
    for value in refused.get("enum", ()):
        if value not in old.get("not", {}).get("enum", ()):
            yield f"{path}: now refuses {value!r}"
    if set(refused) - {"enum"} and refused != old.get("not"):
        yield f"{path}: now refuses more than it did"


def _listed(node: Json) -> list[Any] | None:
    return [node["const"]] if "const" in node else node.get("enum")


def _limits(old: Json, new: Json, path: str) -> Iterator[str]:
    for names, sign, word in ((_CEILINGS, 1, "lowered"), (_FLOORS, -1, "raised")):
        for name in names:
            if name in new and (name not in old or sign * new[name] < sign * old[name]):
                yield f"{path}: {name} was {word} from {old.get(name, 'none')} to {new[name]}"
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        # Whether one pattern takes all that another took cannot be told; a change counts as less.
        yield f"{path}: the pattern changed from {old.get('pattern', 'none')} to {new['pattern']}"


def _keywords_without_a_rule(old: Json, new: Json, path: str) -> Iterator[str]:
    for name in sorted((set(old) | set(new)) - _SAID_ELSEWHERE - _MEANS_NOTHING):
        if old.get(name) != new.get(name):
            yield f"{path}: {name} changed, and no rule says whether that is safe"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
