"""What the service ``analytics`` answers."""

from gateway.api.forwarded import OBJECT_SCHEMA, Forwarded
from gateway.api.parameters import CURRENCY, DATE, Parameter, one_of

SERVICE = "analytics"
KPI_PARAMETERS = (
    Parameter("window", "Year to date, month to date, or `from` and `to`.",
              one_of(["ytd", "mtd", "custom"])),
    Parameter("from", "First day of a custom window, in the reporting zone.", DATE),
    Parameter("to", "Last day of a custom window, in the reporting zone.", DATE),
    Parameter("currency", "One currency; amounts are never summed across currencies.", CURRENCY),
)  # fmt: skip

KPI_ROWS: tuple[Forwarded, ...] = (
    Forwarded(
        SERVICE, "GET", "/v1/kpis/daily-payments", "daily_payments",
        "Count and gross amount of paid payments a day, by currency",
        KPI_PARAMETERS, "The KPI.", OBJECT_SCHEMA,
    ),
    Forwarded(
        SERVICE, "GET", "/v1/kpis/payments-by-status", "payments_by_status",
        "Share of all payments by status, which sum to 100 %",
        KPI_PARAMETERS, "The KPI.", OBJECT_SCHEMA,
    ),
)  # fmt: skip
