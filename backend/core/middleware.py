"""Puts the request's source address and correlation id where audit rows and logs find them."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from django.http import HttpRequest, HttpResponse

from core.context import acting, correlation_id
from core.views import healthz, readyz


class HealthMiddleware:
    """Answers the probes before anything else: whatever Host they name, without a log line each."""

    PROBES: ClassVar[dict[str, Callable[[HttpRequest], HttpResponse]]] = {"/healthz": healthz, "/readyz": readyz}

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.PROBES.get(request.path_info, self.get_response)(request)


class AuditContextMiddleware:
    """Needs django_structlog's RequestMiddleware before it, which takes or makes the request id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        correlation = correlation_id()
        with acting(correlation=correlation, address=request.META.get("REMOTE_ADDR")):
            response = self.get_response(request)
        response["X-Request-ID"] = correlation
        return response
