"""What the service of checkout rules refuses, in the reader's words, with what mends it."""

from collections.abc import Mapping
from http import HTTPStatus

from backoffice.components.actions import NEEDS_ROLE
from backoffice.errors import Refused
from backoffice.words import Words, word
from payops_kernel.auth.principals import UserRole

OUTDATED = word("Load the page again, and send its form anew.")
SAID: Mapping[str, str] = {
    "checkout_rule_not_valid": word("The rule is not valid. Change what is said here."),
    "checkout_context_not_valid": word("No checkout can be so. Change what is said here."),
    "provider_catalogue_not_valid": word("The catalogue cannot be so. Change what is said here."),
    "default_rule_stays": word(
        "The default rule answers when no other does: it is tried last, has no conditions, and "
        "cannot be removed. Change its name or its pairs."
    ),
    "priority_taken": word("Another active rule has this priority. Write another one."),
    "too_many_active_rules": word("As many rules are active as there can be. Remove one first."),
    "too_many_versions": word("It has as many versions as can be kept: write a new rule."),
    "checkout_rule_archived": word("The rule was removed: restore one of its versions first."),
    "nothing_to_activate": word("Its last version answers already: save a change first."),
    "checkout_rule_not_found": word("There is no such rule. Look for it among all rules."),
    "checkout_rule_version_not_found": word("There is no such version. Look at those of the rule."),
    "order_incomplete": word(
        "Rules were activated or removed since. Load the page again, and order them anew."
    ),
    "checkout_rule_changed": word("Look at the rule as it is now, then do it again."),
    "checkout_rule_set_changed": word("Look at the rules as they are now, then do it again."),
    "provider_catalogue_changed": word("Look at the catalogue as it is now, then do it again."),
    "checkout_checks_failed": word("The checks refuse it. Change the rule first."),
    "warnings_not_accepted": word("Say that you accept the warnings, or change the rule first."),
    "checkout_rules_not_removable": word(
        "Some of these rules cannot be removed, so none was. Take them out of the selection."
    ),
    "no_priority_left": word("The last priority is taken: write the number of a free one."),
    "simulation_not_done": word("The simulation has found nothing. Start another one."),
    "idempotency_key_reused": word(
        "This form was sent before with something else in it. Open it anew."
    ),
}
"""By the refusal's code."""
AT_FIELD: Mapping[str, str] = {
    "too_large": word(
        "The rule says too much. Take conditions or values out, or make two rules of it."
    ),
    "object_wanted": OUTDATED,
    "list_wanted": OUTDATED,
    "unknown_field": OUTDATED,
    "missing": word("Write something here."),
    "empty": word("Write something here, or take it out."),
    "too_many": word("These are too many. Take some out."),
    "wrong_type": word("A value of another kind is wanted here. Choose another, or write another."),
    "too_long": word("This is too long. Write less."),
    "not_seen": word("It is empty, or holds a character that nobody sees. Write it anew."),
    "not_a_text": word("The text holds half a character. Write it anew."),
    "unknown_currency": word("Choose one of the currencies."),
    "no_bounds": word("Write a lowest or a highest amount, or choose any amount."),
    "not_an_amount": word("Write an amount and its currency."),
    "range_reversed": word("The first is over the last. Turn them round."),
    "range_too_long": word("These are too many days. Choose a year at most."),
    "out_of_range": word("The number is too low or too high. Write another one."),
    "not_finite": word("The number is too low or too high. Write another one."),
    "unknown_operator": word("Choose one of the operators."),
    "too_deep": word("The path has too many levels. Write a shorter one."),
    "not_a_path": word("Write keys with one slash between two, such as basket/quantity."),
    "not_a_key": word("Write keys with one slash between two, such as basket/quantity."),
    "unknown_pair": word("The catalogue has no such pair. Take it out, or have an admin add it."),
    "twice": word("It is there already. Take one of them out."),
    "default_without_conditions": word("The default rule has no conditions. Take them out."),
    "card_number": word("This looks like the number of a card. Leave it out."),
}
"""By the code of what is wrong with one field."""


def said(refused: Refused, words: Words) -> str:
    """A refusal in words; of a kind that is new here as the service says it."""
    role = refused.problem.get("required_role")
    if refused.answered == HTTPStatus.FORBIDDEN and role in set(UserRole):
        return words(NEEDS_ROLE.get(UserRole(role), refused.detail))
    return words(SAID.get(refused.refusal, refused.detail))


def said_at_fields(refused: Refused, words: Words) -> dict[str, str]:
    """What is wrong with single fields, by their pointer."""
    return {
        each["pointer"]: words(AT_FIELD.get(each.get("code", ""), each["detail"]))
        for each in refused.errors
    }
