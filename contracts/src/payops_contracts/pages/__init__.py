"""What pages the backoffice has and what is on them: a checked file, TOML, with complete defaults.

``default_pages()`` is what there is without a file of one's own.
"""

from payops_contracts.pages.actions import Action, BuiltIn, Endpoint
from payops_contracts.pages.configuration import Pages
from payops_contracts.pages.dashboards import Chart, ChartKind, Dashboard, Measure, Rows, Window
from payops_contracts.pages.defaults import default_pages
from payops_contracts.pages.details import DetailPage, Section, SectionKind
from payops_contracts.pages.lists import (
    Column,
    ExportFormat,
    Filter,
    FilterKind,
    ListPage,
    Tab,
    Tabs,
)
from payops_contracts.pages.navigation import NavigationEntry, NavigationGroup
from payops_contracts.pages.parts import (
    Kind,
    Label,
    Role,
    Shown,
    Translated,
    Vocabulary,
    in_language,
    value_at,
)

__all__ = [
    "Action",
    "BuiltIn",
    "Chart",
    "ChartKind",
    "Column",
    "Dashboard",
    "DetailPage",
    "Endpoint",
    "ExportFormat",
    "Filter",
    "FilterKind",
    "Kind",
    "Label",
    "ListPage",
    "Measure",
    "NavigationEntry",
    "NavigationGroup",
    "Pages",
    "Role",
    "Rows",
    "Section",
    "SectionKind",
    "Shown",
    "Tab",
    "Tabs",
    "Translated",
    "Vocabulary",
    "Window",
    "default_pages",
    "in_language",
    "value_at",
]
