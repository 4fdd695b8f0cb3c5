"""What a change of the provider catalogue says: the whole of it."""

from collections.abc import Iterable

from checkout_rules.domain.kept_catalogue import KeptCatalogue
from checkout_rules.domain.rule import Doing
from checkout_rules.domain.writing import written_catalogue
from checkout_rules.publishing.rules import SOURCE
from payops_contracts.envelope import domain_event
from payops_contracts.provider_catalogue import CATALOGUE_ID
from payops_contracts.topics import CHECKOUT_RULES
from payops_kernel.ports import OutgoingMessage, event_message


def catalogue_messages(kept: KeptCatalogue) -> Iterable[OutgoingMessage]:
    """The event about the last change; none about the built-in one, which everybody has."""
    return () if kept.changed is None else (catalogue_message(kept, kept.changed),)


def catalogue_message(kept: KeptCatalogue, doing: Doing) -> OutgoingMessage:
    """The event that says the catalogue, as of somebody's doing."""
    event = domain_event(
        event_type="payops.provider-catalogue.changed.v1",
        source=SOURCE,
        subject=CATALOGUE_ID,
        version=kept.version,
        time=doing.at,
        data={
            "version": kept.version,
            "pairs": written_catalogue(kept.catalogue),
            "changed_at": doing.at,
            "changed_by": doing.by,
            "reason": doing.reason,
        },
        traceparent=doing.traceparent,
    )
    return event_message(CHECKOUT_RULES.name, event)
