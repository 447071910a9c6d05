"""Calls timed with and without row-level security, in turn, from inside the installation."""

from __future__ import annotations

import gc
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from bench.api_inside import seed_inventory
from bench.seed import session_of
from core import rls
from core.postgresql.base import DatabaseWrapper
from core.tenancy import within
from customers.models import Customer
from devices.models import Device, Site
from devices.selectors import DEVICE_ORDERS
from jobs.models import Job
from jobs.progress import add_lines
from users.models import User
from users.selectors import scope_of
from webnet.web import CONNECTIONS_KEPT, share_connections

__all__ = ["open_walls", "seed_customers", "time_api_writes", "time_wall", "time_writes"]

OFTEN = 5
"""How often in a round a call is made."""
WITH = connection.settings_dict["NAME"]
TELL = DatabaseWrapper.tell_scope
POOLS: dict[bool, dict[str, Any]] = {True: {}, False: {}}
Call = Callable[[], Any]
Times = dict[str, tuple[list[float], list[float]]]


def seed_customers(password: str, customers: int, devices: int) -> dict[str, dict[str, str]]:
    """The inventory that the API is measured on; and the cookies of users who see one customer, ten, and all."""
    made = seed_inventory(password, customers, devices)
    sessions = {}
    for name, mine in (("one", made[:1]), ("ten", made[:10]), ("all", [])):
        user = User.objects.create_user(name, password=password, role="admin", all_customers=not mine)
        user.customers.set(mine)
        sessions[name] = session_of(name)
    return sessions


def _device(site: Site, n: int) -> Device:
    return Device(
        customer_id=site.customer_id, site=site, hostname=f"core-{n:06}", serial=f"FOC{n * 7919 % 16**6:06X}",
        mgmt_ip=f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", platform=("ios", "eos", "junos_cli", "frr")[n % 4],
        role=("core", "access", "edge")[n % 3], reachability=("reachable", "unreachable")[n % 10 == 0],
    )  # fmt: skip


def time_wall(session: dict[str, str], without: str, rounds: int) -> Times:
    """Pages and API lists."""
    client = _client(session)

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
            size = sum(map(len, client.get("/api/v1/devices/export/?format=csv&platform=ios")))
        if not size:
            raise RuntimeError("nothing exported")

    calls = {
        "device page": [get(f"/devices/?{query}") for query in queries],
        "search on the device page": [get(f"/devices/?q={word}") for word in words],
        "50 devices by API": [get(f"/api/v1/devices/?page={n}&page_size=50") for n in range(1, 10)],
        "1,000 devices by API": [get("/api/v1/devices/?page_size=1000")],
        "search by API": [get(f"/api/v1/devices/?q={word}") for word in words],
        "export of a quarter by API": [exported],
    }
    return _compared(calls, without, rounds)


def time_api_writes(session: dict[str, str], without: str, rounds: int) -> Times:
    """Devices of one customer made by the API, and rolled back."""
    client, site = _client(session), Site.objects.order_by("pk")[0]

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

    for standing in (True, False):
        # a customer's first audit row costs more, and what is rolled back would be the first each time
        _go(standing, without)
        client.post("/api/v1/devices/", device(9999), content_type="application/json")
    lines = "".join(f"new-{n:05},10.200.{n >> 8}.{n & 255},ios,{site.name}\n" for n in range(500))
    csv = f"imports/?customer={site.customer_id}&kind=devices"
    calls = {
        "create of one device by API": [made("devices/", device(n), b'"hostname":"new-') for n in range(20)],
        "bulk create of 1,000 by API": [made("devices/bulk/", [device(n) for n in range(1000)], b'"failed":0')],
        "CSV import of 500 by API": [
            made(csv, "hostname,mgmt_ip,platform,site\n" + lines, b'"created":500', "text/csv")
        ],
    }
    return _compared(calls, without, rounds)


def _client(session: dict[str, str]) -> Client:
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.cookies.load(session)
    return client


def time_writes(without: str, rounds: int) -> Times:
    """Rows of one customer, in its scope, rolled back."""
    customer, site = Customer.objects.order_by("pk")[0], Site.objects.order_by("pk")[0]
    scope = scope_of(User.objects.get(username="one"))
    for standing in (True, False):  # under the same number in both
        _go(standing, without)
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

    calls = {
        "one device written": [create(200_000 + n, 1) for n in range(20)],
        "1,000 devices written": [create(300_000, 1000)],
        "1,000 lines of a log written": [kept_out(lambda: add_lines(job.pk, lines))],
        "100,000 devices read": [lambda: len(Device.objects.values_list("pk", "hostname"))],
    }
    return _compared(calls, without, rounds)


def _compared(calls: dict[str, list[Call]], without: str, rounds: int) -> Times:
    """Milliseconds of each call with the wall, and in the database `without`: medians of the rounds.

    One right after the other, as a machine's speed can change within seconds.
    """
    share_connections()
    found: Times = {}
    for name, several in calls.items():
        for standing in (True, False):
            _go(standing, without)
            for call in (*several[:1] * CONNECTIONS_KEPT, *several):  # what a first call compiles is not counted
                _timed(call)
        gc.collect()
        gc.freeze()
        times: dict[bool, list[list[float]]] = {standing: [[] for _ in several] for standing in (True, False)}
        for turn in range(OFTEN * rounds):
            for number, call in enumerate(several):
                first = (turn + number) % 2 == 0  # neither is always the one that goes first
                for standing in (first, not first):
                    _go(standing, without)
                    times[standing][number].append(_timed(call))
        with_wall, none = ([statistics.median(tries) for tries in times[standing]] for standing in (True, False))
        found[name] = with_wall, none
    return found


def _timed(call: Call) -> float:
    gc.collect()  # what others left is not swept up in this call's time
    connection.close()  # as a request does: it takes one that is open already
    began = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - began)


def open_walls(database: str) -> None:
    """In this copy of the database: no policies, and no signature to make for triggers."""
    connection.close()
    connection.settings_dict["NAME"] = database
    with connection.cursor() as cursor:
        for table in rls.policies():
            cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        cursor.execute(
            "CREATE OR REPLACE FUNCTION webnet_wall.sign(ids text) RETURNS text LANGUAGE plpgsql AS $$ "
            "BEGIN RETURN ids; END $$"
        )


def _go(standing: bool, without: str) -> None:
    """Have what follows go to the database with the wall, or to the one without, to which no scope is told.

    A connection that is taken from the pool is asked something either way, as Django's own check of its health does.
    """
    connection.close()
    connection.settings_dict["NAME"] = WITH if standing else without
    DatabaseWrapper._connection_pools = POOLS[standing]  # type: ignore[attr-defined]
    DatabaseWrapper.tell_scope = TELL if standing else lambda self: None  # type: ignore[method-assign]
