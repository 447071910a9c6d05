"""The first page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import reswap, retarget

from ui.dashboard.shown import overview, running
from ui.decorators import page
from users.permissions import Permission


@page(Permission.VIEW)
def dashboard(request: HttpRequest) -> HttpResponse:
    """The page; for a fragment the jobs under way, or everything anew once none is."""
    if not request.htmx:  # type: ignore[attr-defined]
        return render(request, "dashboard/index.html", overview(request))
    under_way = running(request)
    if under_way["running"]:
        return render(request, "dashboard/index.html#running", under_way)
    response = render(request, "dashboard/index.html#overview", overview(request))
    return reswap(retarget(response, "#overview"), "outerHTML")
