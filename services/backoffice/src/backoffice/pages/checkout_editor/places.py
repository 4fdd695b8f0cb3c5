"""Where the editor's pages are."""

from backoffice.pages.checkout_rules.reading import ADAPTIVE_CHECKOUT
from backoffice.pages.page import Page
from backoffice.words import word
from payops_kernel.auth.principals import UserRole

NEW_RULE = Page(
    "new-checkout-rule",
    "/checkout-rules/new",
    word("New rule"),
    parent=ADAPTIVE_CHECKOUT,
    role=UserRole.OPERATOR,
)
CHANGE_RULE = Page(
    "checkout-rule-change",
    "/checkout-rules/{rule_id}/change",
    word("Change rule"),
    parent=ADAPTIVE_CHECKOUT,
    role=UserRole.OPERATOR,
)
