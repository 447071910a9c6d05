"""Calls timed with and without row-level security, in turn, from inside the installation."""

from __future__ import annotations

import gc
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.test import Client

from bench.api_inside import seed_inventory
from core import rls
from core.postgresql.base import DatabaseWrapper
from core.tenancy import EVERY, within
from customers.models import Customer
from devices.models import Device, Site
from devices.selectors import DEVICE_ORDERS
from jobs.models import Job
from jobs.progress import add_lines
from users.models import User
from users.selectors import scope_of
from webnet.web import CONNECTIONS_KEPT, share_connections

__all__ = ["seed_customers", "time_api_writes", "time_wall", "time_writes"]

OFTEN = 5
"""How often in a round a call is made that stands for itself."""
Call = Callable[[], Any]
Times = dict[str, tuple[list[float], list[float]]]


def seed_customers(password: str, customers: int, devices: int) -> None:
    """The inventory that the API is measured on; and users who see one customer, ten, and all of them."""
    made = seed_inventory(password, customers, devices)
    for name, mine in (("one", made[:1]), ("ten", made[:10]), ("all", [])):
        user = User.objects.create_user(name, password=password, role="admin", all_customers=not mine)
        user.customers.set(mine)


def _device(site: Site, n: int) -> Device:
    return Device(
        customer_id=site.customer_id, site=site, hostname=f"core-{n:06}", serial=f"FOC{n * 7919 % 16**6:06X}",
        mgmt_ip=f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", platform=("ios", "eos", "junos_cli", "frr")[n % 4],
        role=("core", "access", "edge")[n % 3], reachability=("reachable", "unreachable")[n % 10 == 0],
    )  # fmt: skip


def time_wall(user: str, rounds: int) -> Times:
    """Pages and API lists, a call's median of the rounds."""
    client = _client(user)

    def get(url: str) -> Call:
        def call() -> None:
            if (answer := client.get(url)).status_code != 200:
                raise RuntimeError(f"{answer.status_code} for {url}")

        return call

    filters = ("", "&platform=ios", "&role=core&reachability=unreachable", "&backup=never")
    queries = [f"sort={order}{filters[n % 4]}&page={1 + n * 3 % 8}" for n, order in enumerate(DEVICE_ORDERS)]
    words = ("c00-r0", "077", "FOC1A", "10.0.7", "-r00", "no such device")

    def exported() -> None:
        with warnings.catch_warnings(action="ignore"):  # that a stream made for ASGI is read all at once
            size = sum(map(len, client.get("/api/v1/devices/export/?format=csv")))
        if not size:
            raise RuntimeError("nothing exported")

    return {
        "device page": _compared([get(f"/devices/?{query}") for query in queries], rounds),
        "search on the device page": _compared([get(f"/devices/?q={word}") for word in words], rounds),
        "50 devices by API": _compared([get(f"/api/v1/devices/?page={n}&page_size=50") for n in range(1, 10)], rounds),
        "1,000 devices by API": _compared([get("/api/v1/devices/?page_size=1000")] * OFTEN, rounds),
        "search by API": _compared([get(f"/api/v1/devices/?q={word}") for word in words], rounds),
        "export by API": _compared([exported], rounds),
    }


def time_api_writes(rounds: int) -> Times:
    """Devices of one customer made by the API, and rolled back."""
    client, site = _client("one"), Site.objects.order_by("pk")[0]

    def made(path: str, body: Any, told: bytes, kind: str = "application/json") -> Call:
        def call() -> None:
            with transaction.atomic():
                answer = client.post(f"/api/v1/{path}", body, content_type=kind)
                transaction.set_rollback(True)
            if told not in answer.content:
                raise RuntimeError(f"{answer.status_code} for {path}: {answer.content[:500]!r}")

        return call

    def device(n: int) -> dict[str, Any]:
        return {
            "customer": site.customer_id, "site": site.pk, "hostname": f"new-{n:05}", "platform": "ios",
            "mgmt_ip": f"10.200.{n >> 8}.{n & 255}",
        }  # fmt: skip

    # a customer's first audit row costs more, and what is rolled back would be the first each time
    client.post("/api/v1/devices/", device(9999), content_type="application/json")
    lines = "".join(f"new-{n:05},10.200.{n >> 8}.{n & 255},ios,{site.name}\n" for n in range(500))
    csv = f"imports/?customer={site.customer_id}&kind=devices"
    return {
        "create of one device by API": _compared(
            [made("devices/", device(n), b'"hostname":"new-') for n in range(20)], rounds
        ),
        "bulk create of 1,000 by API": _compared(
            [made("devices/bulk/", [device(n) for n in range(1000)], b'"failed":0')] * OFTEN, rounds
        ),
        "CSV import of 500 by API": _compared(
            [made(csv, "hostname,mgmt_ip,platform,site\n" + lines, b'"created":500', "text/csv")] * OFTEN, rounds
        ),
    }


def _client(username: str) -> Client:
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


def time_writes(rounds: int) -> Times:
    """Rows of one customer, in its scope, rolled back."""
    customer, site = Customer.objects.order_by("pk")[0], Site.objects.order_by("pk")[0]
    scope = scope_of(User.objects.get(username="one"))
    job = Job.objects.create(customer=customer, kind="config_backup", correlation_id="bench")
    lines = [(job.created_at, "info", None, f"line {n} of a log that is not short") for n in range(1000)]

    def kept_out(write: Call) -> Call:
        def call() -> None:
            with within(scope), transaction.atomic():
                write()
                transaction.set_rollback(True)

        return call

    def create(start: int, number: int) -> Call:
        return kept_out(lambda: Device.objects.bulk_create(_device(site, start + n) for n in range(number)))

    return {
        "one device written": _compared([create(200_000 + n, 1) for n in range(20)], rounds),
        "1,000 devices written": _compared([create(300_000, 1000)], rounds),
        "1,000 lines of a log written": _compared([kept_out(lambda: add_lines(job.pk, lines))], rounds),
        "100,000 devices read": _compared([lambda: len(Device.objects.values_list("pk", "hostname"))], rounds),
    }


def _compared(calls: list[Call], rounds: int) -> tuple[list[float], list[float]]:
    share_connections()
    for call in calls[:5]:  # what a first call compiles is not counted
        call()
    gc.collect()
    gc.freeze()
    times: dict[bool, list[list[float]]] = {True: [], False: []}
    for number in range(2 * rounds):
        standing = number % 4 in (0, 3)  # neither is always the one that goes first
        with within(EVERY) if standing else _no_wall():
            for call in calls[:1] * CONNECTIONS_KEPT:  # each server process reads its catalog anew after the change
                connection.close()
                call()
            times[standing].append([_timed(call) for call in calls])
    by_call = (zip(*times[standing], strict=True) for standing in (True, False))
    first, second = ([statistics.median(values) for values in tries] for tries in by_call)
    return first, second


def _timed(call: Call) -> float:
    gc.collect()  # what others left is not swept up in this call's time
    connection.close()  # as a request does: it takes one that is open already
    began = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - began)


def _install() -> None:
    """Again where it meets the scheduler, which reads the tables in another order: one of them is refused."""
    for _ in range(4):
        with suppress(OperationalError):
            rls.install()
            return
    rls.install()


@contextmanager
def _no_wall() -> Iterator[None]:
    """No policies, no signature to make for triggers, and nothing told to the session.

    A connection that is taken from the pool is still asked something, as Django's own check of its health does.
    """
    tell = DatabaseWrapper.tell_scope
    with connection.cursor() as cursor:
        for table in rls.policies():
            cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        cursor.execute(
            "CREATE OR REPLACE FUNCTION webnet_wall.sign(ids text) RETURNS text LANGUAGE plpgsql AS $$ "
            "BEGIN RETURN ids; END $$"
        )
    DatabaseWrapper.tell_scope = lambda self: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        DatabaseWrapper.tell_scope = tell  # type: ignore[method-assign]
        _install()
