"""How the bulk action looks at stored parcels."""

from parcels.domain.parcel import ParcelStatus, return_refusal
from parcels.store.parcels import COLLECTION
from payops_kernel.bulk.action import Candidate
from payops_kernel.bulk.bulk import Candidates
from payops_kernel.mongo import Document


def _to_return(stored: Document) -> Candidate:
    refused = return_refusal(ParcelStatus(stored["status"]))
    return Candidate(stored["_id"], money=None, refusal=refused)


TO_RETURN = Candidates(COLLECTION, ("status",), _to_return)
