"""The topology: its graph, its links as a table, neighbours that nobody knows, and the neighbours of a device."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from customers.models import Customer
from devices.enums import DeviceRole
from devices.selectors import devices_for, sites_for
from topology.enums import LinkState
from topology.models import TopologyLink
from topology.selectors import (
    answers_for,
    graph_of,
    layout_of,
    links_at,
    links_for,
    neighbours_for,
    tally,
    unknown_neighbours,
)
from topology.services import NO_ADDRESS, forget_layout, keep_layout
from ui.decorators import page
from ui.devices.detail import device_context
from ui.paging import counted_page, page_number, page_size, searched
from ui.scope import current_customer, customers_of, narrowed, user_of
from ui.topology.forms import NeighbourForm
from users.permissions import Permission, may

LONGEST_LAYOUT = 500_000
"""Bytes of a layout that somebody sends."""
TABS = (
    ("graph", "Graph", "network", "ui:topology"),
    ("links", "Links", "link", "ui:topology_links"),
    ("unknown", "Unknown neighbours", "circle-question-mark", "ui:topology_unknown"),
)


def _head(request: HttpRequest, tab: str) -> dict[str, Any]:
    links = narrowed(request, links_for(user_of(request)))
    unknown = unknown_neighbours(narrowed(request, neighbours_for(user_of(request))))
    counts = {"graph": None, "links": links.count(), "unknown": unknown.count()}
    tabs = [
        {"label": label, "icon": icon, "url": reverse(url), "current": key == tab, "count": counts[key]}
        for key, label, icon, url in TABS
    ]
    return {
        "tabs": tabs,
        "by_customer": len(customers_of(request)) > 1 and current_customer(request) is None,
        "may_manage": may(request.user, Permission.MANAGE_INVENTORY),
    }


def _customer(request: HttpRequest, pk: int) -> Customer:
    found = next((one for one in customers_of(request) if one.pk == pk), None)
    if found is None:
        raise Http404
    return found


@page(Permission.VIEW)
def topology(request: HttpRequest) -> HttpResponse:
    """The graph of one customer: of the one in the header, else of the one in the query, else of the first."""
    wanted = request.GET.get("customer", "")
    named = _customer(request, int(wanted)) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19 else None
    mine = customers_of(request)
    shown = current_customer(request) or named or (mine[0] if mine else None)
    context = _head(request, "graph") | {"shown": shown, "roles": DeviceRole.choices}
    if shown:
        user = user_of(request)
        counts = tally(links_for(user).filter(customer=shown))
        context |= {
            "states": [(state.value, state.label, counts[state.value]) for state in LinkState],
            "sites": sites_for(user).filter(customer=shown).order_by("name"),
            "has_devices": devices_for(user).filter(customer=shown).exists(),
        }
    return render(request, "topology/graph.html", context)


@page(Permission.VIEW)
def topology_data(request: HttpRequest, customer: int) -> HttpResponse:
    """Devices, links and where the user put them, for the graph."""
    shown, user = _customer(request, customer), user_of(request)
    graph = graph_of(user, shown)
    for node in graph["nodes"]:
        node["url"] = reverse("ui:device_detail", args=[node["pk"]])
    return JsonResponse(graph | {"positions": layout_of(user, shown)}, headers={"Cache-Control": "no-store"})


@page(Permission.VIEW, methods=("POST",))
def topology_layout(request: HttpRequest, customer: int) -> HttpResponse:
    """Keep where the user put the devices; without positions, forget it."""
    shown = _customer(request, customer)
    if len(request.body) > LONGEST_LAYOUT:
        return HttpResponse("The layout is too large.", status=413, content_type="text/plain")
    text = request.POST.get("positions", "")
    try:
        if text:
            keep_layout(actor=user_of(request), customer=shown, positions=json.loads(text))
        else:
            forget_layout(actor=user_of(request), customer=shown)
    except (ValidationError, ValueError, RecursionError) as error:
        words = error.messages[0] if isinstance(error, ValidationError) else "The layout is no JSON."
        return HttpResponse(words, status=422, content_type="text/plain")
    return HttpResponse(status=204)


@page(Permission.VIEW)
def topology_links(request: HttpRequest) -> HttpResponse:
    """All links as a table: what the graph shows, for those who do not see it."""
    rows = narrowed(request, links_for(user_of(request)))
    query, state = searched(request.GET), request.GET.get("state", "")
    for word in query.split()[:10]:
        ends = ("device_a__hostname", "device_b__hostname", "interface_a", "interface_b")
        rows = rows.filter(Q(*((f"{end}__icontains", word) for end in ends), _connector=Q.OR))
    if state in LinkState.values:
        rows = rows.filter(state=state)
    ordered = rows.order_by("device_a__hostname", "interface_a", "pk")
    load = rows.select_related("device_a", "device_b", "customer")
    context = _head(request, "links") | {
        "page": counted_page(ordered, load, request.GET),
        "states": LinkState.choices,
        "state": state,
        "is_filtered": bool(query or state),
    }
    fragment = "#table" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"topology/links.html{fragment}", context)


@page(Permission.VIEW)
def topology_unknown(request: HttpRequest) -> HttpResponse:
    """Neighbours that are heard now and are no device of ours."""
    rows = unknown_neighbours(narrowed(request, neighbours_for(user_of(request))))
    pages = Paginator(rows, page_size(request.GET))
    context = _head(request, "unknown") | {"page": pages.page(page_number(request.GET, pages.num_pages))}
    fragment = "#table" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"topology/unknown.html{fragment}", context)


@page(Permission.MANAGE_INVENTORY, methods=("GET", "POST"))
def topology_add(request: HttpRequest, pk: int) -> HttpResponse:
    """An unknown neighbour as a new device."""
    user = user_of(request)
    rows = neighbours_for(user).select_related("device", "customer")
    neighbour = get_object_or_404(rows, pk=pk)
    if neighbour.remote_id is not None:
        return redirect("ui:device_detail", neighbour.remote_id)
    form = NeighbourForm(request.POST if request.method == "POST" else None, user=user, neighbour=neighbour)
    if request.method == "POST" and form.is_valid() and (device := form.store()) is not None:
        messages.success(request, f"{device} is a device now. Discover it to prove its links from both ends.")
        return redirect("ui:topology_unknown")
    context = {"form": form, "neighbour": neighbour, "no_address": "" if neighbour.address else NO_ADDRESS}
    return render(request, "topology/add.html", context, status=422 if form.is_bound else 200)


@page(Permission.VIEW)
def device_neighbours(request: HttpRequest, pk: int) -> HttpResponse:
    """Links of a device, and what it hears."""
    user = user_of(request)
    device = get_object_or_404(devices_for(user).select_related("site", "customer"), pk=pk)
    links = links_at(links_for(user), device).select_related("device_a", "device_b")
    heard = neighbours_for(user).filter(device=device)
    context = device_context(request, device, "neighbours") | {
        "links": [_from_here(link, pk) for link in links.order_by("state", "pk")[:500]],
        "page": counted_page(
            heard.order_by("-is_current", "interface", "pk"), heard.select_related("remote"), request.GET
        ),
        "answer": answers_for(user).filter(device=device).first(),
        "may_manage": may(request.user, Permission.MANAGE_INVENTORY),
    }
    return render(request, "topology/device.html", context)


def _from_here(link: TopologyLink, pk: int) -> dict[str, Any]:
    """A link as its device sees it: the own interface, and what is at the other end."""
    is_a = link.device_a_id == pk
    return {
        "link": link,
        "interface": link.interface_a if is_a else link.interface_b,
        "peer": link.device_b if is_a else link.device_a,
        "peer_interface": link.interface_b if is_a else link.interface_a,
    }
