"""What all pages share: the gateway, sessions, forms, templates, navigation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from backoffice.assets import Assets
from backoffice.clients.gateway import Gateway
from backoffice.pages.page import Area, Navigation
from backoffice.pages.templates import Templates
from backoffice.session.cookies import SessionCookies
from backoffice.session.forms import FormTokens
from backoffice.settings import Settings
from payops_kernel.http.event_streams import EventStreams


@dataclass(frozen=True)
class Site:
    """Made once, by ``bootstrap``; ``app.state.site`` has it."""

    settings: Settings
    gateway: Gateway
    cookies: SessionCookies
    forms: FormTokens
    assets: Assets
    templates: Mapping[str, Templates]
    """By language."""
    areas: Sequence[Area]
    streams: EventStreams
    """The tabs that follow what changes."""

    @cached_property
    def navigation(self) -> Navigation:
        """The registered pages."""
        return Navigation([page for area in self.areas for page in area.pages])

    @cached_property
    def scripts(self) -> list[str]:
        """Modules that every page loads."""
        return [script for area in self.areas for script in area.scripts]

    @cached_property
    def topbar(self) -> list[str]:
        """Templates in the bar above every page."""
        return [template for area in self.areas for template in area.topbar]
