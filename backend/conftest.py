"""The fixed cast and small builders that every test uses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from config_mgmt.models import ConfigSnapshot
from core.append_only import lift
from core.tenancy import EVERY, within
from customers.models import Customer
from devices.models import Credential, Device, Site
from jobs.models import Job
from users.enums import Role
from users.models import User
from webnet.celery import app

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _audit_trail_can_be_emptied(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test with real transactions empties its tables at its end; the triggers come back with `post_migrate`."""
    marker = request.node.get_closest_marker("django_db")
    real = {"transactional_db", "live_server"} & set(request.fixturenames)
    if not real and not (marker and marker.kwargs.get("transaction")):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    _wait_for_other_sessions()
    lift()


def _wait_for_other_sessions() -> None:
    """What a thread of a server still asks would wait for the emptying of its tables, and that for it."""
    if connection.vendor != "postgresql":
        return
    busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
    deadline = time.monotonic() + 60
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(busy)
            if cursor.fetchone() == (1,):  # this one
                return
            time.sleep(0.02)


def make_user(username: str, role: Role, *customers: Customer, **fields: Any) -> User:
    user = User.objects.create_user(username, password=PASSWORD, role=role, **fields)
    user.customers.set(customers)
    return user


@pytest.fixture(autouse=True)
def _scope_of_every_customer() -> Iterator[None]:
    """Tests set the stage and look at results across customers; what they call enters the scope of who acts."""
    with within(EVERY):
        yield


@pytest.fixture
def mail_works(settings: Any) -> Iterator[None]:
    """Mail is set up, and what goes to the queue is done at once."""
    settings.MAIL_IS_SET_UP = True
    cache.clear()
    # Celery's own: it reads Django's settings once only
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.fixture
def acme(db: None) -> Customer:
    return Customer.objects.create(name="Acme Networks", slug="acme")


@pytest.fixture
def globex(db: None) -> Customer:
    """Another customer: nothing of it may ever show for acme's users."""
    return Customer.objects.create(name="Globex Carrier", slug="globex")


@pytest.fixture
def viewer(acme: Customer) -> User:
    return make_user("viewer", Role.VIEWER, acme)


@pytest.fixture
def operator(acme: Customer) -> User:
    return make_user("operator", Role.OPERATOR, acme)


@pytest.fixture
def admin(acme: Customer) -> User:
    return make_user("admin", Role.ADMIN, acme)


@pytest.fixture
def stranger(globex: Customer) -> User:
    """Operator of the other customer."""
    return make_user("operator2", Role.OPERATOR, globex)


@pytest.fixture
def superadmin(db: None) -> User:
    return make_user("superadmin", Role.ADMIN, all_customers=True, is_staff=True, is_superuser=True)


MakeDevice = Callable[..., Device]


@pytest.fixture
def make_device(db: None) -> MakeDevice:
    """`make_device(customer, "r1", **fields)`; site and credential are made as needed."""

    def make(customer: Customer, hostname: str, **fields: Any) -> Device:
        number = Device.objects.count() + 1
        if "site" not in fields:
            fields["site"], _ = Site.objects.get_or_create(customer=customer, name="Frankfurt")
        if "credential" not in fields:
            fields["credential"], _ = Credential.objects.get_or_create(
                customer=customer, name="lab", defaults={"username": "netops", "password": "s3cret-of-the-lab"}
            )
        fields.setdefault("mgmt_ip", f"10.0.{number // 250}.{number % 250 + 1}")
        fields.setdefault("platform", "ios")
        return Device.objects.create(customer=customer, hostname=hostname, **fields)

    return make


@pytest.fixture
def device(make_device: MakeDevice, acme: Customer) -> Device:
    return make_device(acme, "acme-r1")


@pytest.fixture
def foreign_device(make_device: MakeDevice, globex: Customer) -> Device:
    return make_device(globex, "globex-r1")


@pytest.fixture
def make_job(db: None) -> Callable[..., Job]:
    """`make_job(user, [device, …], kind="config_backup")`, through the service; nothing runs it."""
    from jobs.services import start_job

    def make(actor: User, devices: list[Device], kind: str = "config_backup", **fields: Any) -> Job:
        return start_job(
            actor=actor, customer=devices[0].customer, kind=kind, devices=[d.pk for d in devices], **fields
        )

    return make


@pytest.fixture
def make_snapshot(db: None) -> Callable[..., ConfigSnapshot]:
    """`make_snapshot(device, "hostname r1\\nend\\n", problems=())`, through the handler that backups use."""
    from config_mgmt.services import keep_snapshots
    from jobs.kinds import Finished
    from jobs.models import JobTarget
    from networkops.types import FetchedConfig

    def make(device: Device, text: str, problems: tuple[str, ...] = ()) -> ConfigSnapshot:
        job = Job.objects.create(customer=device.customer, kind="config_backup", correlation_id="test", targets_total=1)
        target = JobTarget.objects.create(job=job, customer=device.customer, device=device)
        keep_snapshots(job, [Finished(target, FetchedConfig(text, problems))])
        return ConfigSnapshot.objects.get(target=target)

    return make
