"""Where the editor's pages are."""

from backoffice.pages.page import Page
from backoffice.words import word
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import encoded_id

RESOURCE = "/v1/checkout-rules"
CHECKOUT_RULES = Page("checkout-rules", "/checkout-rules", word("Adaptive Checkout"))
NEW_RULE = Page(
    "new-checkout-rule",
    "/checkout-rules/new",
    word("New rule"),
    parent=CHECKOUT_RULES,
    role=UserRole.OPERATOR,
)
CHANGE_RULE = Page(
    "checkout-rule-change",
    "/checkout-rules/{rule_id}/change",
    word("Change rule"),
    parent=CHECKOUT_RULES,
    role=UserRole.OPERATOR,
)


def rule_path(rule_id: str, below: str = "") -> str:
    """Of a rule's page, or of one below it."""
    return f"{CHECKOUT_RULES.path}/{encoded_id(rule_id)}{below}"


def rule_resource(rule_id: str) -> str:
    """Where the gateway has a rule."""
    return f"{RESOURCE}/{encoded_id(rule_id)}"
