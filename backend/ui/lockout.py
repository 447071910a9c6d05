"""The page for who is locked out."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from users.lockout import account_of, seconds_left


def locked_out(request: HttpRequest, response: HttpResponse, credentials: dict[str, Any] | None) -> HttpResponse:
    """In place of what the view answered, unless it has said by itself that it is too many, as the API does."""
    if response.status_code == 429:
        return response
    seconds = seconds_left(request, account_of(request, credentials))
    context = {"minutes": ceil(seconds / 60), "until": timezone.now() + timedelta(seconds=seconds)}
    page = render(request, "429.html", context, status=429)
    page["Retry-After"] = str(seconds)
    return page
