"""The configuration of all pages, as the gateway serves it."""

from payops_contracts.pages.actions import Action
from payops_contracts.pages.dashboards import Dashboard
from payops_contracts.pages.details import DetailPage
from payops_contracts.pages.lists import ListPage
from payops_contracts.pages.navigation import NavigationGroup
from payops_contracts.pages.parts import Entries, Part


class Pages(Part):
    """Navigation, pages and actions of the backoffice."""

    navigation: Entries[NavigationGroup] = {}
    lists: Entries[ListPage] = {}
    details: Entries[DetailPage] = {}
    dashboards: Entries[Dashboard] = {}
    actions: Entries[Action] = {}
