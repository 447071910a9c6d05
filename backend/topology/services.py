"""Drawing a customer's links anew, a neighbour that becomes a device, and where a user puts devices on the graph."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from customers.models import Customer
from devices.models import Device
from devices.selectors import devices_for
from devices.services import create_device
from jobs.models import Job
from topology.enums import LinkState
from topology.links import Answer, Link, Sighting, links_of
from topology.models import Neighbour, NeighbourAnswer, TopologyLayout, TopologyLink, TopologyMap
from topology.selectors import MOST_NODES, neighbours_for
from topology.sightings import recognise
from users.models import User
from users.permissions import Permission, demand
from users.selectors import customers_for

AT_ONCE = 500
FARTHEST = 1_000_000
"""How far from the middle of a graph a device may be put."""
Ends = tuple[int, str, int, str]
"""A link's two devices, each with its interface."""
_WRITTEN = ["interface_a", "interface_b", "state", "is_stale", "detail", "first_seen_at", "last_seen_at", "changed_at"]


def recognise_and_draw(customer_id: int) -> None:
    """Neighbours that were nobody may be devices by what others have told since. Call it inside a transaction."""
    unknown = list(Neighbour.objects.filter(customer=customer_id, remote=None).order_by("pk"))
    Neighbour.objects.bulk_update(
        recognise(customer_id, unknown), ["remote", "matched_by", "problem"], batch_size=AT_ONCE
    )
    draw_links(customer_id)


def draw_links(customer_id: int) -> None:
    """The customer's links as its devices' last words have them. Call it inside a transaction.

    Whoever draws holds the customer's row of `TopologyMap`: two jobs that end together draw one after the other.
    """
    drawn = _hold_map(customer_id)
    of_customer = Q(customer=customer_id)
    found = links_of(_sightings(of_customer), _answers(customer_id))
    rows = _rows(of_customer)
    drawn.drawn_at = _write(customer_id, found, rows)
    there = set(map(_key, found))
    gone = [row.pk for key, row in rows.items() if key not in there]
    for start in range(0, len(gone), AT_ONCE):
        TopologyLink.objects.filter(pk__in=gone[start : start + AT_ONCE]).delete()
    drawn.save(update_fields=["drawn_at"])


def draw_proven(job: Job, devices: Collection[int]) -> None:
    """Those of the devices' links that both ends have told in this job. Call it inside a transaction.

    All else waits for the job's end: a device that does not hear another one may just not have been asked yet.
    """
    _hold_map(job.customer_id)
    of_customer = Q(customer=job.customer_id)
    said = NeighbourAnswer.objects.filter(of_customer, answered_at__gte=job.created_at).order_by()
    rows = said.values_list("device", "answered_at", "failed_at")
    answers = {pk: Answer("", answered, failed) for pk, answered, failed in rows}
    told = _sightings(of_customer & (Q(device__in=devices) | Q(remote__in=devices)))
    both = [one for one in told if one.device in answers and one.remote in answers]
    found = [link for link in links_of(both, answers) if link.state == LinkState.PROVEN and not link.is_stale]
    if found:
        _write(job.customer_id, found, _rows(of_customer & (Q(device_a__in=devices) | Q(device_b__in=devices))))


def _hold_map(customer_id: int) -> TopologyMap:
    TopologyMap.objects.bulk_create([TopologyMap(customer_id=customer_id)], ignore_conflicts=True)
    return TopologyMap.objects.select_for_update(no_key=True).get(customer=customer_id)


def _rows(which: Q) -> dict[Ends, TopologyLink]:
    return {_key_of(row): row for row in TopologyLink.objects.filter(which)}


def _write(customer_id: int, links: Sequence[Link], rows: Mapping[Ends, TopologyLink]) -> datetime:
    """Store the links, of which `rows` are there already; returns when."""
    now = timezone.now()
    found = {_key(link): link for link in links}
    fresh = [_fill(TopologyLink(customer_id=customer_id), link, now) for key, link in found.items() if key not in rows]
    changed = [row for key, row in rows.items() if key in found and _differs(row, found[key])]
    for row in changed:
        _fill(row, found[_key_of(row)], now)
    TopologyLink.objects.bulk_create(fresh, batch_size=AT_ONCE)
    TopologyLink.objects.bulk_update(changed, _WRITTEN, batch_size=AT_ONCE)
    return now


def _sightings(which: Q) -> list[Sighting]:
    rows = Neighbour.objects.filter(which, remote__isnull=False).order_by("pk")
    return [
        Sighting(*row)
        for row in rows.values_list(
            "device", "interface", "remote", "port", "port_description", "first_seen_at", "last_seen_at", "is_current"
        )
    ]


def _answers(customer_id: int) -> dict[int, Answer]:
    names = dict(Device.objects.filter(customer=customer_id).order_by().values_list("pk", "hostname"))
    rows = NeighbourAnswer.objects.filter(customer=customer_id).order_by()
    said = {row[0]: row[1:] for row in rows.values_list("device", "answered_at", "failed_at", "problem")}
    return {pk: Answer(name, *said.get(pk, ())) for pk, name in names.items()}


def _key(link: Link) -> Ends:
    return link.a.device, link.a.interface, link.b.device, link.b.interface


def _key_of(row: TopologyLink) -> Ends:
    return row.device_a_id, row.interface_a, row.device_b_id, row.interface_b


def _differs(row: TopologyLink, link: Link) -> bool:
    told = (row.state, row.is_stale, row.detail, row.first_seen_at, row.last_seen_at)
    return told != (link.state, link.is_stale, link.detail[:500], link.first_seen, link.last_seen)


def _fill(row: TopologyLink, link: Link, now: Any) -> TopologyLink:
    if row.state != link.state:
        row.changed_at = now
    row.device_a_id, row.interface_a, row.device_b_id, row.interface_b = _key(link)
    row.state, row.is_stale, row.detail = link.state, link.is_stale, link.detail[:500]
    row.first_seen_at, row.last_seen_at = link.first_seen, link.last_seen
    return row


def add_as_device(*, actor: User, neighbour: Neighbour, **values: Any) -> Device:
    """Make an unknown neighbour a device, and draw the links that it has from now on.

    Raises NotAllowed, ObjectDoesNotExist, ValidationError by field.
    """
    demand(actor, Permission.MANAGE_INVENTORY)
    with transaction.atomic():
        row = neighbours_for(actor).select_related("customer").select_for_update(of=("self",)).get(pk=neighbour.pk)
        if row.remote_id is not None:
            raise ValidationError("This neighbour is a device already.")
        if row.address is None:
            raise ValidationError(NO_ADDRESS)
        device = create_device(actor=actor, customer=row.customer, **({"mgmt_ip": row.address} | values))
        recognise_and_draw(row.customer_id)
    return device


NO_ADDRESS = "The neighbour does not tell where it is managed: add the device by hand, with its address."


def keep_layout(*, actor: User, customer: Customer, positions: Mapping[str, Any]) -> None:
    """Where the actor put the customer's devices. Raises ValidationError, ObjectDoesNotExist; devices of others are
    left out.
    """
    demand(actor, Permission.VIEW)
    if not customers_for(actor).filter(pk=customer.pk).exists():
        raise ObjectDoesNotExist("There is no such customer.")
    if not isinstance(positions, Mapping) or len(positions) > MOST_NODES:
        raise ValidationError({"positions": f"Positions are an object of at most {MOST_NODES:,} devices."})
    wanted = {_device_id(name): _point(value) for name, value in positions.items()}
    own = set(devices_for(actor).filter(customer=customer).order_by().values_list("pk", flat=True))
    kept = {str(pk): point for pk, point in wanted.items() if pk in own}
    TopologyLayout.objects.update_or_create(user=actor, customer=customer, defaults={"positions": kept})


def forget_layout(*, actor: User, customer: Customer) -> None:
    """From now on the graph is laid out by itself again."""
    demand(actor, Permission.VIEW)
    TopologyLayout.objects.filter(user=actor, customer=customer).delete()


def _device_id(text: object) -> int:
    if not isinstance(text, str) or not (text.isascii() and text.isdecimal()) or len(text) > 18:
        raise ValidationError({"positions": "A position's name is the id of a device."})
    return int(text)


def _point(value: object) -> list[float]:
    if not isinstance(value, list) or len(value) != 2 or not all(map(_is_place, value)):
        raise ValidationError({"positions": f"A position is a pair of numbers from {-FARTHEST:,} to {FARTHEST:,}."})
    return [round(float(part), 1) for part in value]


def _is_place(part: object) -> bool:
    is_number = isinstance(part, int | float) and not isinstance(part, bool)
    return is_number and math.isfinite(part) and abs(part) <= FARTHEST  # type: ignore[arg-type]
