"""In which part of a batch's progress a charge is counted.

The parts follow the partitions of the topics that charges come by, so that slices of two partitions
never write the same one. Debits that are asked for are counted in a part of their own, written
while the first results come already.
"""

from payops_contracts.ids import ChargeId
from payops_contracts.topics import UPSTREAM_DEBIT_RESULTS
from payops_kernel.messaging.producer import partition_of

SLOTS = UPSTREAM_DEBIT_RESULTS.partitions
ASKED = "asked"
"""The part in which debits are counted that were just asked for."""


def slot_of(charge_id: ChargeId) -> int:
    """The part of a charge."""
    return partition_of(charge_id.encode(), SLOTS)
