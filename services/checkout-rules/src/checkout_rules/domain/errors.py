"""Why a wish about rules is refused, and what is wrong with a rule or a context."""

from typing import Any, ClassVar, NamedTuple

from payops_contracts.ids import RuleId
from payops_kernel.errors import Invalid, PayOpsError

ERRORS_MAX = 50


def below(pointer: str, key: str) -> str:
    """The pointer to what an object has under a key; a long key is cut.

    Halves of characters, which JSON may hold and nobody can write, are question marks.
    """
    written = key[:64].encode(errors="replace").decode()
    return f"{pointer}/{written.replace('~', '~0').replace('/', '~1')}"


class Wrong(NamedTuple):
    """One thing that is wrong: where (RFC 6901), a stable code, a sentence."""

    pointer: str
    code: str
    detail: str


class WrongFields(Invalid):
    """Base of what names the fields that are wrong, in ``errors``."""

    code = "checkout_request_not_valid"

    @classmethod
    def of(cls, found: list[Wrong]) -> "WrongFields":
        """With the first of them as the message."""
        errors: list[dict[str, Any]] = [each._asdict() for each in found[:ERRORS_MAX]]
        first = found[0]
        where = f"{first.pointer}: " if first.pointer else ""
        return cls(where + first.detail, errors=errors)


class RuleNotValid(WrongFields):
    """A rule says something impossible."""

    code = "checkout_rule_not_valid"
    title = "The rule is not valid"


class ContextNotValid(WrongFields):
    """A context is not what a checkout can know."""

    code = "checkout_context_not_valid"
    title = "The context is not valid"


class CatalogueNotValid(WrongFields):
    """A catalogue says something impossible."""

    code = "provider_catalogue_not_valid"
    title = "The catalogue is not valid"


class RuleRefused(PayOpsError):
    """Base of every reason for which a rule is not changed so."""

    code = "checkout_rule_refused"
    title = "The rule cannot be changed so"
    status: ClassVar[int] = 409


class DefaultStays(RuleRefused):
    """`default` answers when no rule does: it is neither removed nor narrowed nor moved."""

    code = "default_rule_stays"


class PriorityTaken(RuleRefused):
    """Another active rule has the priority."""

    code = "priority_taken"

    @classmethod
    def by(cls, rule_id: RuleId, priority: int) -> "PriorityTaken":
        """Named with the rule that has it."""
        return cls(
            f"The rule {rule_id} is active with priority {priority}.",
            rule_id=rule_id,
            priority=priority,
        )


class TooManyRules(RuleRefused):
    """The limit of active rules is reached."""

    code = "too_many_active_rules"


class TooManyVersions(RuleRefused):
    """The limit of versions of one rule is reached: a new rule can be written instead."""

    code = "too_many_versions"


class AlreadyArchived(RuleRefused):
    """It was removed; its versions can be restored."""

    code = "checkout_rule_archived"


class NothingToActivate(RuleRefused):
    """Its last version is the one that answers already."""

    code = "nothing_to_activate"


class VersionUnknown(PayOpsError):
    """The rule has no version of that number."""

    code = "checkout_rule_version_not_found"
    title = "There is no such version"
    status: ClassVar[int] = 404


class OrderIncomplete(RuleRefused):
    """The order names other rules than the active ones: ``missing`` and ``unknown`` say which."""

    code = "order_incomplete"


class Overtaken(PayOpsError):
    """Base of: somebody changed it since the caller read it. The message says who, when, what."""

    code = "checkout_overtaken"
    title = "It was changed in the meantime"
    status: ClassVar[int] = 412


class RuleChanged(Overtaken):
    """The rule has another step than the caller's; ``changed`` is the last one."""

    code = "checkout_rule_changed"
    title = "The rule has changed"


class RuleSetChanged(Overtaken):
    """Other rules answer, or in another order, than when the caller looked; ``changed`` is how."""

    code = "checkout_rule_set_changed"
    title = "The order of rules has changed"


class CatalogueChanged(Overtaken):
    """The provider catalogue has another version than the caller's; ``changed`` is how."""

    code = "provider_catalogue_changed"
    title = "The provider catalogue has changed"


class ChecksFailed(RuleRefused):
    """The checks found errors; ``findings`` has all that was found."""

    code = "checkout_checks_failed"


class WarningsNotAccepted(RuleRefused):
    """The checks found what has to be accepted; ``findings`` has it."""

    code = "warnings_not_accepted"


class NotRemovable(RuleRefused):
    """Of several rules some cannot be removed: none is; ``rules`` says which, and why."""

    code = "checkout_rules_not_removable"


class NoPriorityLeft(RuleRefused):
    """The last number is used: a rule needs to be told its priority."""

    code = "no_priority_left"
