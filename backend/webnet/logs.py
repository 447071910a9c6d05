"""Logging: one JSON object a line on stderr, with the correlation id of the click that caused it."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import structlog


def _without_query(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Django adds the whole request to its warnings; its query string may hold a token."""
    request = event.get("request")
    if request is not None and not isinstance(request, str):
        event["request"] = f"{getattr(request, 'method', '')} {getattr(request, 'path', '')}"
    return event


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.ExtraAdder(),
    _without_query,
    structlog.processors.format_exc_info,
]


def logging_config(*, level: str, json: bool) -> dict[str, Any]:
    """A `LOGGING` dict that sends stdlib and structlog through one formatter."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED[:4],
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Any = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # paramiko logs each failed login with a traceback, netmiko may log what it sends
            "paramiko": {"level": "CRITICAL"},
            "netmiko": {"level": "CRITICAL"},
            "ncclient": {"level": "CRITICAL"},
            "nornir": {"level": "CRITICAL"},
            "asyncssh": {"level": "WARNING"},
            # access lines hold query strings, and a websocket's may hold a token
            "daphne.server": {"level": "WARNING"},
            "django.channels.server": {"level": "WARNING"},
        },
    }
