"""Clients that speak JSON as somebody of the cast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from api.auth.tokens import pair_for
from users.models import User

As = Callable[..., APIClient]


@pytest.fixture
def as_(settings: Any) -> As:
    """`as_(user)`: a client with the user's access token; errors come back as answers, not as exceptions."""

    def make(user: User | None = None) -> APIClient:
        client = APIClient(raise_request_exception=False)
        client.default_format = "json"
        if user is not None:
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair_for(user)['access']}")
        return client

    return make


def with_header(authorization: str) -> APIClient:
    """A client that sends this Authorization header."""
    client = APIClient(raise_request_exception=False)
    client.default_format = "json"
    client.credentials(HTTP_AUTHORIZATION=authorization)
    return client


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    from django.core.cache import cache

    cache.clear()
