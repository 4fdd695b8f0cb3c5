"""In which part of a batch's progress a charge is counted.

The parts follow the partitions of the topics that charges come by, so that slices of two partitions
never write the same one.
"""

from payops_contracts.ids import BatchCode, ChargeId
from payops_contracts.topics import UPSTREAM_DEBIT_RESULTS
from payops_kernel.messaging.producer import partition_of

SLOTS = UPSTREAM_DEBIT_RESULTS.partitions


def slot_of(charge_id: ChargeId) -> int:
    """The part of a charge."""
    return partition_of(charge_id.encode(), SLOTS)


def part_of(batch: BatchCode, charge_id: ChargeId) -> str:
    """The part of a batch's progress in which a charge is counted."""
    return f"{batch}:{slot_of(charge_id)}"
