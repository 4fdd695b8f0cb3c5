"""Structured logs: one JSON object a line, ``domain.fact`` plus fields, never a payload."""

import logging
import sys
from typing import Any

import structlog

_QUIET = ("aiokafka", "faststream", "pymongo", "httpx", "httpcore", "asyncio", "uvicorn.access")


def configure_logging(service: str, level: str = "INFO") -> None:
    """Send our logs and the libraries' warnings to standard output as JSON lines."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _named(service),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _named(service: str) -> Any:
    def add_service(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        event["service"] = service
        return event

    return add_service


def get_logger(name: str) -> Any:
    """A structured logger; call it as ``log.info("relay.published", messages=3)``."""
    return structlog.get_logger(name)
