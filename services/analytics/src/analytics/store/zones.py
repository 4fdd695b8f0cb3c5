"""Which zone's days the stored KPIs count: set once, with the first start of a worker."""

from analytics.domain.reporting_days import ReportingZoneChanged
from analytics.store.payments import KPI
from payops_kernel.mongo import AFTER, Database, IndexModel

ZONES = "kpi_zones"
INDEXES: dict[str, list[IndexModel]] = {ZONES: []}


async def claim_zone(db: Database, zone: str) -> None:
    """Store the zone, or raise :class:`ReportingZoneChanged` when another one is stored."""
    row = await db[ZONES].find_one_and_update(
        {"_id": KPI}, {"$setOnInsert": {"zone": zone}}, upsert=True, return_document=AFTER
    )
    if row["zone"] != zone:
        raise ReportingZoneChanged(row["zone"], zone)
