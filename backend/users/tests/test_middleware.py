"""A request and the database connection of its thread."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from users.middleware import TenancyMiddleware
from users.models import User


async def parts() -> AsyncIterator[bytes]:
    yield b"a part"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_stream", [True, False])
def test_a_stream_leaves_the_connection_to_others_while_it_lasts(rf: RequestFactory, is_stream: bool) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        assert not User.objects.exists()
        return StreamingHttpResponse(parts()) if is_stream else HttpResponse()  # type: ignore[return-value]

    request = rf.get("/")
    request.user = AnonymousUser()
    TenancyMiddleware(view)(request)
    assert (connection.connection is None) == is_stream
