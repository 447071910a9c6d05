"""What a user sees of links and neighbours, and the graph that they make."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Any

from django.db.models import Case, Count, F, Max, Min, Q, QuerySet, When
from django.db.models.functions import Coalesce

from customers.models import Customer
from devices.models import Device
from topology.enums import LinkState
from topology.models import Neighbour, NeighbourAnswer, TopologyLayout, TopologyLink
from users.models import User
from users.selectors import visible

MOST_NODES = 2_000
"""Devices of one graph. Nobody reads more on a screen, and a browser would not draw them fluently."""


def links_for(user: User) -> QuerySet[TopologyLink]:
    return visible(TopologyLink.objects.all(), user)


def links_at(links: QuerySet[TopologyLink], device: Device | int) -> QuerySet[TopologyLink]:
    return links.filter(Q(device_a=device) | Q(device_b=device))


def neighbours_for(user: User) -> QuerySet[Neighbour]:
    return visible(Neighbour.objects.all(), user)


def answers_for(user: User) -> QuerySet[NeighbourAnswer]:
    return visible(NeighbourAnswer.objects.all(), user)


def unknown_neighbours(neighbours: QuerySet[Neighbour]) -> QuerySet[Any, Any]:
    """Those that are heard now and are no device of the customer, each once, with the id of one `example`."""
    rows = neighbours.filter(is_current=True, remote=None).order_by()
    # by LLDP a neighbour tells its chassis, by CDP it does not
    called = Case(When(name="", then=F("chassis")), default=F("name"))
    grouped = rows.annotate(called=called).values("customer", "called", "problem", customer_name=F("customer__name"))
    found: QuerySet[Any, Any] = grouped.annotate(
        example=Coalesce(Min("pk", filter=Q(address__isnull=False)), Min("pk")),
        told_chassis=Max("chassis"), told_address=Max("address"), told_description=Max("description"),
        seen_by=Count("device", distinct=True), hearer=Min("device__hostname"), seen_at=Max("last_seen_at"),
    )  # fmt: skip
    return found.order_by("called", "example")


def graph_of(user: User, customer: Customer) -> dict[str, Any]:
    """Devices and links of a customer for the graph page; `left_out` counts devices beyond the most that are drawn."""
    devices = visible(Device.objects.all(), user).filter(customer=customer)
    rows = devices.order_by("hostname", "pk").values(
        "pk", "hostname", "role", "site", "reachability", "platform", "mgmt_ip", site_name=F("site__name")
    )[: MOST_NODES + 1]
    nodes = list(rows)[:MOST_NODES]
    shown = {row["pk"] for row in nodes}
    links = links_for(user).filter(customer=customer).values(
        "pk", "device_a", "interface_a", "device_b", "interface_b", "state", "is_stale", "detail"
    )  # fmt: skip
    return {
        "nodes": nodes,
        "links": [row for row in links if row["device_a"] in shown and row["device_b"] in shown],
        "left_out": devices.count() - len(nodes) if len(rows) > MOST_NODES else 0,
    }


def way_between(links: QuerySet[TopologyLink], start: int, end: int) -> list[TopologyLink] | None:
    """A shortest way over the links, from the device `start` on; None where there is none.

    Of several it is always the same one, that of the links which are longest known.
    """
    around: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for pk, a, b in links.order_by("pk").values_list("pk", "device_a", "device_b"):
        around[a].append((pk, b))
        around[b].append((pk, a))
    came_by: dict[int, tuple[int, int]] = {start: (0, start)}
    ahead = deque([start])
    while ahead and end not in came_by:
        here = ahead.popleft()
        for pk, there in around[here]:
            if there not in came_by:
                came_by[there] = (pk, here)
                ahead.append(there)
    if end not in came_by:
        return None
    way: list[int] = []
    while end != start:
        pk, end = came_by[end]
        way.insert(0, pk)
    found = links.in_bulk(way)
    return [found[pk] for pk in way if pk in found]


def layout_of(user: User, customer: Customer) -> dict[str, Any]:
    """Where the user put the customer's devices, by their ids."""
    row = TopologyLayout.objects.filter(user=user, customer=customer).first()
    return dict(row.positions) if row else {}


def tally(links: QuerySet[TopologyLink]) -> dict[str, int]:
    """How many links there are in each state."""
    found = dict(links.order_by().values_list("state").annotate(count=Count("pk")))
    return {state.value: found.get(state.value, 0) for state in LinkState}
