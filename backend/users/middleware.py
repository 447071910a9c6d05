"""Puts each request into the scope of its user."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from core.tenancy import EVERY, AsyncParts, Parts, within
from users.selectors import scope_of


class TenancyMiddleware:
    """The scope of who is logged in, or nobody's; the API enters another once it knows who asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with within(EVERY):  # session and user are read here, too
            scope = scope_of(request.user)
        with within(scope):
            response = self.get_response(request)
            if isinstance(response, StreamingHttpResponse):  # its parts are made later
                parts = response.streaming_content
                response.streaming_content = AsyncParts(parts) if response.is_async else Parts(parts)
                # read on other threads, so this one's connection is free for other requests; a test's holds its rows
                if response.is_async and not connection.in_atomic_block:
                    connection.close()
        return response
