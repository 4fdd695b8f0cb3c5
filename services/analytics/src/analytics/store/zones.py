"""Which zone's days the stored KPIs count: set once, with the first start of a worker."""

from analytics.domain.reporting_days import ReportingZoneChanged
from analytics.store.payments import KPI
from payops_kernel.mongo import AFTER, Collections, IndexModel

ZONES = "kpi_zones"
INDEXES: dict[str, list[IndexModel]] = {ZONES: []}


class CountedZones:
    """The collection of one row a kind of KPIs."""

    indexes = INDEXES

    def __init__(self, db: Collections) -> None:
        self._zones = db[ZONES]

    async def claim(self, zone: str) -> None:
        """Store the zone, or raise :class:`ReportingZoneChanged` when another one is stored."""
        row = await self._zones.find_one_and_update(
            {"_id": KPI}, {"$setOnInsert": {"zone": zone}}, upsert=True, return_document=AFTER
        )
        if row["zone"] != zone:
            raise ReportingZoneChanged(row["zone"], zone)
