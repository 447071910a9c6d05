"""Puts the request's source address and correlation id where audit rows and logs find them."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from io import SEEK_END
from typing import ClassVar

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware

from core.context import acting, correlation_id
from core.views import healthz, readyz


class HealthMiddleware:
    """Answers the probes before anything else: whatever Host they name, without a log line each."""

    PROBES: ClassVar[dict[str, Callable[[HttpRequest], HttpResponse]]] = {"/healthz": healthz, "/readyz": readyz}

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.PROBES.get(request.path_info, self.get_response)(request)


class BodyLengthMiddleware:
    """Says how long a body is that came in chunks: its readers take one of no stated length for none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_asgi = isinstance(request, ASGIRequest)
        # what a test's client sends is no file
        if is_asgi and "CONTENT_LENGTH" not in request.META and request._stream.seekable():
            # received whole by now, into a file; asked for as `body` it would be read into memory
            body = request._stream
            request.META["CONTENT_LENGTH"] = str(body.seek(0, SEEK_END))
            body.seek(0)
        return self.get_response(request)


class RequestLogMiddleware(RequestMiddleware):
    """Logs requests under an id of their own, without query strings: those may hold a token or a customer's words."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"


class AuditContextMiddleware:
    """Needs RequestLogMiddleware before it, which makes the request id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        correlation = correlation_id()
        with acting(correlation=correlation, address=source_of(request)):
            response = self.get_response(request)
        response["X-Request-ID"] = correlation
        return response


def source_of(request: HttpRequest) -> str | None:
    """The client's address: behind a proxy the last one of X-Forwarded-For, which the proxy itself has written."""
    given = [request.META.get("REMOTE_ADDR", "")]
    if settings.BEHIND_PROXY:
        given.insert(0, request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip())
    for address in given:
        try:
            return str(ipaddress.ip_address(address.partition("%")[0]))
        except ValueError:
            continue
    return None
