"""The API asked from inside the installation: seeding fifty customers, and times of Django's own test client."""

from __future__ import annotations

import json
import random
import time
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client

from customers.models import Customer
from devices.enums import DeviceRole, Reachability
from devices.models import Credential, Device, Site, Tag
from users.models import User

__all__ = ["seed_inventory", "time_api", "time_making"]

SITES, TAGS = 20, 5
PLATFORMS = ("ios", "ios", "eos", "junos_cli", "frr")


def seed_inventory(password: str, customers: int, devices: int) -> list[int]:
    """So many customers with their share of the devices; an operator of the first, an admin of all. The customers."""
    dice, made = random.Random(7), []
    for number in range(customers):
        customer = Customer.objects.create(name=f"Customer {number:02}", slug=f"customer-{number:02}")
        sites = Site.objects.bulk_create(Site(customer=customer, name=f"Site {n:02}") for n in range(SITES))
        credential = Credential.objects.create(customer=customer, name="fleet", username="netops", password=password)
        tags = Tag.objects.bulk_create(Tag(customer=customer, name=f"tag-{n}") for n in range(TAGS))
        rows = Device.objects.bulk_create(
            Device(
                customer=customer, site=sites[n % SITES], credential=credential, hostname=f"c{number:02}-r{n:05}",
                mgmt_ip=f"10.{number}.{n >> 8}.{n & 255}", platform=dice.choice(PLATFORMS),
                role=dice.choice(DeviceRole.values), serial=f"FOC{dice.randrange(16**8):08X}",
                reachability=dice.choice(Reachability.values),
            )
            for n in range(devices // customers)
        )  # fmt: skip
        through = Device.tags.through
        through.objects.bulk_create(through(device_id=row.pk, tag_id=dice.choice(tags).pk) for row in rows)
        made.append(customer.pk)
    operator = User.objects.create_user("operator", password=password, role="operator")
    operator.customers.add(made[0])
    User.objects.create_user("everyone", password=password, role="admin", all_customers=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return made


def _client(username: str) -> Client:
    from api.auth.tokens import pair_for

    settings.ALLOWED_HOSTS = ["testserver"]
    access = pair_for(User.objects.get(username=username))["access"]
    return Client(headers={"Authorization": f"Bearer {access}"})


def time_api(username: str, queries: list[str]) -> list[float]:
    """Milliseconds of the device list for each query; the first ones warm up."""
    client = _client(username)
    for query in queries[:5]:
        _timed(client, "get", f"/api/v1/devices/?{query}")
    return [_timed(client, "get", f"/api/v1/devices/?{query}")[0] for query in queries]


def time_making(customer: int, singles: int, bulk: int) -> dict[str, Any]:
    """Milliseconds of each single create, and seconds of one request that makes `bulk` devices."""
    client = _client("operator")
    site, credential = Site.objects.filter(customer=customer).first(), Credential.objects.get(customer=customer)
    assert site is not None

    def body(n: int, prefix: str) -> dict[str, Any]:
        second = {"s": 200, "b": 201}[prefix]
        return {
            "customer": customer, "hostname": f"new-{prefix}{n:06}", "mgmt_ip": f"10.{second}.{n >> 8}.{n & 255}",
            "platform": "ios", "site": site.pk, "credential": credential.pk, "tags": ["tag-1"],
        }  # fmt: skip

    alone = [_timed(client, "post", "/api/v1/devices/", body(n, "s"), 201)[0] for n in range(singles)]
    many, answer = _timed(client, "post", "/api/v1/devices/bulk/", [body(n, "b") for n in range(bulk)], 201)
    assert answer["succeeded"] == bulk
    return {"singles": alone[5:], "bulk_s": many / 1000}


def _timed(client: Client, method: str, path: str, body: Any = None, expected: int = 200) -> tuple[float, Any]:
    sent = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
    began = time.perf_counter()
    answer = getattr(client, method)(path, **sent)
    took = 1000 * (time.perf_counter() - began)
    if answer.status_code != expected:
        raise RuntimeError(f"{answer.status_code} for {path}: {answer.content[:500]!r}")
    return took, answer.json()
