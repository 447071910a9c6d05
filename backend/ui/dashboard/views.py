"""The first page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ui.decorators import page
from users.permissions import Permission


@page(Permission.VIEW)
def dashboard(request: HttpRequest) -> HttpResponse:
    return render(request, "dashboard/index.html")
