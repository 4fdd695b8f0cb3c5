"""The table of every route that a service answers."""

from gateway.api.forwarded import Forwarded
from gateway.api.invoice_rows import INVOICE_ROWS
from gateway.api.job_rows import JOB_ROWS
from gateway.api.kpi_rows import KPI_ROWS
from gateway.api.transaction_rows import TRANSACTION_ROWS

FORWARDED: tuple[Forwarded, ...] = (*TRANSACTION_ROWS, *INVOICE_ROWS, *KPI_ROWS, *JOB_ROWS)
