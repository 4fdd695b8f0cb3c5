"""Every area of pages. A new one is imported here and named once; nothing else lists it."""

from backoffice.pages.analytics import ANALYTICS
from backoffice.pages.batches import BATCHES_AREA
from backoffice.pages.charges import CHARGES_AREA
from backoffice.pages.checkout_editor import CHECKOUT_EDITOR_AREA
from backoffice.pages.checkout_rules import CHECKOUT_RULES_AREA
from backoffice.pages.checkout_simulation import CHECKOUT_SIMULATION_AREA
from backoffice.pages.cycles import CYCLES_AREA
from backoffice.pages.frame import FRAME
from backoffice.pages.home import HOME
from backoffice.pages.jobs_area import JOBS_AREA
from backoffice.pages.live import LIVE
from backoffice.pages.members import MEMBERS_AREA
from backoffice.pages.operations import OPERATIONS_AREA
from backoffice.pages.page import Area
from backoffice.pages.policies import POLICIES_AREA
from backoffice.pages.searching import SEARCHING
from backoffice.pages.subscriptions import SUBSCRIPTIONS_AREA
from backoffice.pages.transaction import TRANSACTION_AREA
from backoffice.pages.transactions import TRANSACTIONS_AREA

AREAS: tuple[Area, ...] = (
    HOME, FRAME, SEARCHING, LIVE, TRANSACTIONS_AREA, TRANSACTION_AREA, SUBSCRIPTIONS_AREA,
    CHECKOUT_EDITOR_AREA, CHECKOUT_SIMULATION_AREA, CHECKOUT_RULES_AREA, ANALYTICS, CHARGES_AREA,
    BATCHES_AREA, CYCLES_AREA, MEMBERS_AREA, POLICIES_AREA, JOBS_AREA, OPERATIONS_AREA,
)  # fmt: skip
"""In the order in which the navigation shows their pages, section by section. The editor and the
simulation before the pages of one rule, whose routes would take ``new`` for an id."""
