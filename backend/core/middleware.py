"""Puts the request's source address and correlation id where audit rows and logs find them."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core.context import acting, correlation_id


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
