"""The device list asked from inside the installation: seeding, and times of Django's own test client."""

from __future__ import annotations

import random
import statistics
import time
from datetime import timedelta
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.seed import cast, client
from devices.enums import BackupState, DeviceRole, LastBackup, Reachability
from devices.models import Credential, Device, Site, Tag
from devices.selectors import DEVICE_ORDERS

__all__ = ["count_queries", "random_queries", "seed_devices", "time_list"]

SITES, TAGS = 200, 20
PLATFORMS = ("ios", "ios", "ios", "eos", "junos_cli", "nxos_ssh", "frr", "huawei")
DEFAULT_PAGE = 50


def seed_devices(password: str, number: int) -> None:
    """One customer with that many devices, spread over sites, platforms, roles and states as a network would be."""
    customer, dice = cast(password), random.Random(7)
    places = ("Oslo", "Riga", "Gdansk", "Bergen", "Rotterdam", "Lyon", "Porto", "Turin")
    sites = Site.objects.bulk_create(
        Site(customer=customer, name=f"{places[n % len(places)]} {n:03}") for n in range(SITES)
    )
    credential = Credential.objects.create(customer=customer, name="fleet", username="netops", password=password)
    tags = Tag.objects.bulk_create(Tag(customer=customer, name=f"tag-{n}") for n in range(TAGS))
    now, roles = timezone.now(), list(DeviceRole.values)

    def device(n: int) -> Device:
        backed_up = None if dice.random() < 0.05 else now - timedelta(minutes=dice.randrange(60 * 72))
        return Device(
            customer=customer, site=sites[n % SITES], credential=credential,
            hostname=f"{sites[n % SITES].name[:3].lower()}{n % SITES:03}-{dice.choice(('core', 'acc', 'edge'))}{n:06}",
            mgmt_ip=f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", platform=dice.choice(PLATFORMS),
            role=dice.choice(roles), enabled=dice.random() > 0.02, serial=f"FOC{dice.randrange(16**8):08X}",
            reachability=dice.choices(Reachability.values, (5, 90, 5))[0], reachability_at=now,
            last_backup=dice.choices(LastBackup.values, (5, 90, 2, 3))[0] if backed_up else LastBackup.NONE,
            last_backup_at=backed_up, backed_up_at=backed_up,
        )  # fmt: skip

    rows = Device.objects.bulk_create((device(n) for n in range(number)), batch_size=2000)
    through = Device.tags.through
    links = (through(device_id=row.pk, tag_id=dice.choice(tags).pk) for row in rows if dice.random() < 0.3)
    through.objects.bulk_create(links, batch_size=5000)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def random_queries(number: int, seed: int) -> list[str]:
    """Query strings of the list: any page, order, filters and search; the same ones for the same seed."""
    dice, total = random.Random(seed), Device.objects.count()
    filters: dict[str, list[Any]] = {
        "site": list(Site.objects.values_list("pk", flat=True)),
        "tag": list(Tag.objects.values_list("pk", flat=True)),
        "platform": list(set(PLATFORMS)),
        "role": list(DeviceRole.values),
        "reachability": list(Reachability.values),
        "backup": list(BackupState.values),
        "enabled": ["true", "false"],
    }
    words = (
        "acc",
        "osl",
        "core0",
        "10.0.",
        "10.1.7",
        "FOC",
        "FOC7",
        "e",
        "-",
        "9",
        "no such device",
        "oslo 1",
        "%",
        "ß",
    )
    queries = []
    for _ in range(number):
        query: dict[str, Any] = {"sort": dice.choice(("", "-")) + dice.choice(list(DEVICE_ORDERS))}
        for name in dice.sample(list(filters), dice.choice((0, 0, 1, 1, 2, 3))):
            query[name] = dice.choice(filters[name])
        if dice.random() < 0.35:
            known = Device.objects.order_by("pk")[dice.randrange(total)]
            query["q"] = dice.choice((*words, known.hostname, known.hostname[3:9], known.mgmt_ip, known.serial[2:7]))
        narrow = len(query) > 1 and dice.random() < 0.5
        query["page"] = dice.randint(1, 20 if narrow else -(-total // DEFAULT_PAGE))
        queries.append(urlencode(query))
    return queries


def time_list(queries: list[str], rounds: int, size: str = "") -> dict[str, list[float]]:
    """For each query the median milliseconds of some rounds: of the page, of HTMX's fragment, of CPU for the page."""
    import_module("webnet.asgi")  # which sets the garbage collector as the web process has it
    asked = client()
    for query in queries[:10]:  # what the first requests of a process compile and connect is not counted
        asked.get(f"/devices/?{query}")
    times = [[_ask(asked, f"/devices/?{query}&size={size}") for query in queries] for _ in range(rounds)]
    by_query = zip(*times, strict=True)
    medians = [[statistics.median(values) for values in zip(*tries, strict=True)] for tries in by_query]
    return {name: [row[column] for row in medians] for column, name in enumerate(("page", "fragment", "cpu"))}


def _ask(asked: Client, url: str) -> tuple[float, float, float]:
    moments = [(time.perf_counter(), time.process_time())]
    for headers in ({}, {"HX-Request": "true"}):
        answer = asked.get(url, headers=headers)
        moments.append((time.perf_counter(), time.process_time()))
        if answer.status_code != 200:
            raise RuntimeError(f"{answer.status_code} for {url}")
    (began, cpu_began), (shown, cpu_shown), (ended, _) = moments
    return 1000 * (shown - began), 1000 * (ended - shown), 1000 * (cpu_shown - cpu_began)


def count_queries() -> list[int]:
    """Database queries of a page with one row, and of one with 100."""
    asked = client()
    one = Device.objects.order_by("pk")[0].hostname
    counts = []
    for query in (f"q={one}", "size=100"):
        asked.get(f"/devices/?{query}")
        with CaptureQueriesContext(connection) as captured:
            asked.get(f"/devices/?{query}")
        counts.append(len(captured))
    return counts
