"""Whether everything that the configuration names is there: in itself, and in the gateway's API."""

from payops_contracts.pages.api import GatewayApi
from payops_contracts.pages.configuration import Pages
from payops_contracts.pages.references.addresses import wrong_addresses
from payops_contracts.pages.references.of_actions import wrong_in_action
from payops_contracts.pages.references.of_charts import wrong_in_dashboard
from payops_contracts.pages.references.of_details import wrong_in_detail
from payops_contracts.pages.references.of_lists import wrong_in_list
from payops_contracts.pages.wrong import Wrong


def wrong_references(pages: Pages, api: GatewayApi) -> list[Wrong]:
    """What is named and is not there."""
    found = list(wrong_addresses(pages))
    for page in pages.lists.values():
        found += wrong_in_list(page, pages, api)
    for detail in pages.details.values():
        found += wrong_in_detail(detail, pages, api)
    for dashboard in pages.dashboards.values():
        found += wrong_in_dashboard(dashboard, pages, api)
    for action in pages.actions.values():
        found += wrong_in_action(action, pages, api)
    return found
