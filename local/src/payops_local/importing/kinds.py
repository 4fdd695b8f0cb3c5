"""What can be imported. Another kind is one more module with a `KIND`, and one line here."""

from __future__ import annotations

from payops_local.importing import charges, payments, subscriptions
from payops_local.importing.kind import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (payments.KIND, subscriptions.KIND, charges.KIND)
}
