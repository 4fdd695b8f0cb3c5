"""A rule as it is written on a form: fresh, with a line more or less, or with what is wrong."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar
from uuid import uuid4

from backoffice.errors import FormOutdated
from backoffice.pages.checkout_editor.amounts import BOUNDS, AmountLine
from backoffice.pages.checkout_editor.lines import (
    CustomLine,
    MatchLine,
    NotAValue,
    Values,
    unquoted,
)
from backoffice.pages.checkout_rules.reading import Rule
from backoffice.words import Words
from payops_contracts.checkout_rules import (
    CONDITIONS_MAX,
    DEFAULT_RULE,
    PAIRS_MAX,
    PRIORITY_MAX,
    RuleOperator,
)
from payops_contracts.labels import MATCH_KEY

STEP = re.compile(r"[0-9]{1,9}")
EDIT = re.compile(r"(remove-match|remove-custom|remove-pair|up|down)-(\d{1,3})")
ROWS_MAX = CONDITIONS_MAX + len(MATCH_KEY)
PAIR = "/"
"""Between provider and method in the value of a field: slugs have none."""
IN_TERMS = {"name": "name", "amount/currency": "currency", "amount": "min", "pairs": "pairs"} | {
    f"amount/{written}": name for name, written in BOUNDS.items()
}
"""What a refusal calls a field of the terms → the form's field."""
BESIDE = {"/body/priority": "priority", "/body/reason": "reason"}

ANY_AMOUNT = AmountLine()
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RuleForm:
    """All that is typed; ``key`` was minted with it, so that a new rule is made once."""

    key: str
    rule_id: str = ""
    """Empty for a new rule."""
    step: str = ""
    """The rule's, when it was read: a change of another one is refused."""
    name: str = ""
    priority: str = ""
    amount: AmountLine = ANY_AMOUNT
    matches: Sequence[MatchLine] = ()
    customs: Sequence[CustomLine] = ()
    pairs: Sequence[str] = ()
    reason: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with a field, by its name, in words."""
    focus: str = ""
    """The field in which one goes on, unless something is wrong."""

    @classmethod
    def fresh(cls, rule: Rule | None, words: Words) -> Self:
        """An empty form, or the terms of a rule that were saved last."""
        if rule is None:
            return cls(uuid4().hex, matches=_with_named(()), focus="name")
        terms = rule["terms"]
        matches = [MatchLine.of(each, words) for each in terms.get("match_lists", ())]
        priority = rule["priority"]
        return cls(
            key=uuid4().hex,
            rule_id=rule["rule_id"],
            step=str(rule["step"]),
            name=terms["name"],
            priority="" if priority is None else str(priority),
            amount=AmountLine.of(terms.get("amount"), words.language),
            matches=_with_named(matches),
            customs=[CustomLine.of(each, words) for each in terms.get("custom_conditions", ())],
            pairs=[f"{each['provider']}{PAIR}{each['method']}" for each in terms["pairs"]],
        )

    @classmethod
    def sent(cls, fields: Mapping[str, str], rule_id: str) -> Self:
        """As it came back; raises ``FormOutdated`` for one that is none of ours."""
        step = fields.get("step", "")
        if "key" not in fields or bool(rule_id) != bool(STEP.fullmatch(step)):
            raise FormOutdated("Load the page again, and send its form anew.")
        return cls(
            key=fields["key"],
            rule_id=rule_id,
            step=step,
            name=_name(fields),
            priority=fields.get("priority", "").strip(),
            amount=AmountLine.sent(fields),
            matches=list(_matches(fields)),
            customs=list(_customs(fields)),
            pairs=[
                pair for at in range(PAIRS_MAX) if PAIR in (pair := fields.get(f"pair-{at}", ""))
            ],
            reason=fields.get("reason", "").strip(),
        )

    @property
    def is_default(self) -> bool:
        """Whether it is the rule that answers when no other does: without conditions."""
        return self.rule_id == DEFAULT_RULE

    @property
    def first_wrong(self) -> str:
        """The first field that is wrong, where one goes on; empty when none is."""
        first = next(iter(self.wrong), "")
        return "add-pair" if first == "pairs" else first

    @property
    def may_have_more(self) -> bool:
        """Whether another line may be added."""
        return len(self.matches) + len(self.customs) < ROWS_MAX

    def after(self, fields: Mapping[str, str]) -> "RuleForm | None":
        """With a line more or less, or in another order; None when something else was pressed."""
        do, pair = fields.get("do", ""), fields.get("add-pair", "")
        if do == "shape":
            return replace(self, focus=fields.get("at", ""))
        if do == "add-match" and self.may_have_more:
            focus = f"match-{len(self.matches)}-key"
            return replace(self, matches=[*self.matches, MatchLine("")], focus=focus)
        if do == "add-custom" and self.may_have_more:
            focus = f"custom-{len(self.customs)}-path"
            return replace(self, customs=[*self.customs, CustomLine()], focus=focus)
        if do == "add-pair" and PAIR in pair and pair not in self.pairs:
            return replace(self, pairs=[*self.pairs, pair][:PAIRS_MAX], focus="add-pair")
        if found := EDIT.fullmatch(do):
            return self._edited(found[1], int(found[2]))
        return self if do.startswith("add-") else None

    def _edited(self, do: str, at: int) -> "RuleForm":
        if do == "remove-match":
            kept = [each for n, each in enumerate(self.matches) if n != at or each.is_named]
            return replace(self, matches=kept, focus="add-match")
        if do == "remove-custom":
            return replace(self, customs=_without(self.customs, at), focus="add-custom")
        if do == "remove-pair":
            return replace(self, pairs=_without(self.pairs, at), focus="add-pair")
        to = at - 1 if do == "up" else at + 1
        if not (0 <= at < len(self.pairs) and 0 <= to < len(self.pairs)):
            return self
        pairs = [*self.pairs]
        pairs[at], pairs[to] = pairs[to], pairs[at]
        # At an end its button is disabled: the one beside it goes on.
        end = {"up": 0, "down": len(pairs) - 1}[do]
        way = {"up": "down", "down": "up"}[do] if to == end else do
        return replace(self, pairs=pairs, focus=f"{way}-{to}")

    def checked(self, words: Words) -> "RuleForm":
        """With what is wrong with its fields."""
        wrong = {} if self.name else {"name": words("Give the rule a name.")}
        if self.priority and not _is_priority(self.priority):
            wrong["priority"] = words("Write a whole number from 1 to %(most)s.", most=PRIORITY_MAX)
        if not self.is_default:
            wrong |= self.amount.wrong(words) | self._wrong_lines(words)
        if not self.pairs:
            wrong["pairs"] = words("Choose at least one pair.")
        return replace(self, wrong=wrong)

    def _wrong_lines(self, words: Words) -> dict[str, str]:
        wrong = {}
        for at, match in enumerate(self.matches):
            if match.is_empty:
                continue
            if not match.key:
                wrong[f"match-{at}-key"] = words("Write the key.")
            if said := _wrong_value(match, words):
                wrong[f"match-{at}-values"] = said
        for at, custom in enumerate(self.customs):
            if custom.is_empty:
                continue
            if not custom.path:
                wrong[f"custom-{at}-path"] = words("Write the path.")
            if said := _wrong_value(custom, words):
                wrong[f"custom-{at}-values"] = said
        return wrong

    def refused(self, at: Mapping[str, str]) -> "tuple[RuleForm, list[str]]":
        """With what the service finds wrong, by its pointer; and what is of no field here."""
        wrong, others = dict(self.wrong), []
        for pointer, said in at.items():
            name = self._field_of(pointer)
            if name is None:
                others.append(said)
            else:
                wrong.setdefault(name, said)
        return replace(self, wrong=wrong), others

    def _field_of(self, pointer: str) -> str | None:
        if pointer in BESIDE:
            return BESIDE[pointer]
        _, found, below = pointer.partition("/terms/")
        if not found:
            return None
        if below in IN_TERMS:
            return IN_TERMS[below]
        part, number, *rest = [*below.split("/"), ""]
        if not number.isdecimal():
            return "conditions" if part in ("match_lists", "custom_conditions") else None
        if part == "pairs":
            return f"pair-{number}"
        lines: Mapping[str, Sequence[MatchLine | CustomLine]] = {
            "match_lists": self.matches,
            "custom_conditions": self.customs,
        }
        rows = [at for at, each in enumerate(lines.get(part, ())) if not each.is_empty]
        if int(number[:4]) >= len(rows):
            return None
        of, own = ("match", {"key"}) if part == "match_lists" else ("custom", {"path", "operator"})
        return f"{of}-{rows[int(number)]}-{rest[0] if rest[0] in own else 'values'}"

    def terms(self, words: Words) -> dict[str, Any]:
        """As the gateway takes them; what is wrong with them was looked at before."""
        terms: dict[str, Any] = {
            "name": self.name,
            "pairs": [
                dict(zip(("provider", "method"), each.split(PAIR, 1), strict=True))
                for each in self.pairs
            ],
        }
        if self.is_default:
            return terms
        if not self.amount.is_empty:
            terms["amount"] = self.amount.written(words.language)
        matches = [each.written(words) for each in self.matches if not each.is_empty]
        customs = [each.written(words) for each in self.customs if not each.is_empty]
        return (
            terms
            | ({"match_lists": matches} if matches else {})
            | ({"custom_conditions": customs} if customs else {})
        )

    def draft(self, words: Words) -> dict[str, Any]:
        """The rule as checks and simulations take it: its id, its terms, its priority."""
        said: dict[str, Any] = {"terms": self.terms(words)}
        if self.rule_id:
            said["rule_id"] = self.rule_id
        return said | self.with_priority()

    def with_priority(self) -> dict[str, int]:
        """The priority, where one is typed."""
        return {"priority": int(self.priority)} if self.priority else {}


def _name(fields: Mapping[str, str]) -> str:
    """Without spaces around it; letter by letter what it was while nobody typed another one."""
    typed, before = fields.get("name", "").strip(), fields.get("name-before", "")
    return before if typed == before.strip() else typed


def _matches(fields: Mapping[str, str]) -> Iterator[MatchLine]:
    for at in range(ROWS_MAX):
        if f"match-{at}-kind" in fields:
            key = unquoted(fields.get(f"match-{at}-key", ""))
            yield MatchLine(key, Values.sent(fields, f"match-{at}"))


def _customs(fields: Mapping[str, str]) -> Iterator[CustomLine]:
    for at in range(ROWS_MAX):
        said = fields.get(f"custom-{at}-operator", "")
        if said in set(RuleOperator):
            path = unquoted(fields.get(f"custom-{at}-path", ""))
            yield CustomLine(path, RuleOperator(said), Values.sent(fields, f"custom-{at}"))


def _with_named(lines: Sequence[MatchLine]) -> list[MatchLine]:
    """The keys that have a name first, each in its place; then the others.

    A rule that has its lists in another order keeps it: records name the first that did not hold.
    """
    by_key = {each.key: each for each in lines}
    named = [by_key.get(key, MatchLine(key)) for key in MATCH_KEY]
    placed = [*named, *(each for each in lines if not each.is_named)]
    if [each for each in placed if each.key in by_key] == list(lines):
        return placed
    return [*lines, *(each for each in named if each.key not in by_key)]


def _without(lines: Sequence[T], at: int) -> list[T]:
    return [each for number, each in enumerate(lines) if number != at]


def _wrong_value(line: MatchLine | CustomLine, words: Words) -> str:
    try:
        line.written(words)
    except NotAValue as error:
        return str(error)
    return ""


def _is_priority(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 1 <= int(text[:10]) <= PRIORITY_MAX
