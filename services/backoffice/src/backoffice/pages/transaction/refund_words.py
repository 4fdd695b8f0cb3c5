"""What a refund's form says before it is sent: the sums, and what pressing the button does."""

from backoffice.pages.transaction.reading import Detail
from backoffice.words import Words
from payops_contracts.labels import METHOD, label
from payops_contracts.money import format_money

NAME_CHARACTERS_MAX = 60
ISOLATED = "\u2068{}\u2069"
"""A name keeps its own direction, and turns no word around it."""


def figures(detail: Detail, words: Words) -> list[tuple[str, str]]:
    """Paid, refunded, pending, lost if anything was, and what remains: they add up."""
    payment = detail["payment"]
    lost = sum(dispute["lost_minor"] or 0 for dispute in detail["disputes"])
    sums = [
        (words("Paid"), payment["amount_minor"]),
        (words("Refunded"), payment["total_refunded_minor"]),
        (words("Pending"), payment["in_flight_minor"]),
        *([(words("Lost in disputes"), lost)] if lost else []),
        (words("Remaining"), detail["actions"]["refund"]["available_minor"]),
    ]
    currency = payment["currency"]
    return [(name, format_money(minor, currency, words.language)) for name, minor in sums]


def consequence(detail: Detail, amount: str | None, words: Words) -> str:
    """What happens when the button is pressed: how much goes to whom, for good."""
    where = _where(detail, words)
    if amount is None:
        return words("The money goes back to %(where)s. This cannot be undone.", where=where)
    return words(
        "%(amount)s go back to %(where)s. This cannot be undone.", amount=amount, where=where
    )


def _where(detail: Detail, words: Words) -> str:
    """The customer and the means of payment, as part of a sentence."""
    who, method = _customer(detail), detail["payment"]["method"]
    match method:
        case "credit-cards":
            return words("%(who)s's card", who=who)
        case "wire-transfer":
            return words("%(who)s by wire transfer", who=who)
        case _:
            return words("%(who)s with %(method)s", who=who, method=words(label(METHOD, method)))


def _customer(detail: Detail) -> str:
    user = detail["user"]
    name: str = user["name"] or user["email"] or user["id"]
    if len(name) > NAME_CHARACTERS_MAX:
        name = name[: NAME_CHARACTERS_MAX - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return ISOLATED.format(name)
