"""`kill -9` in the middle of the work: nothing is lost, nothing is done twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest
from django.test import override_settings

from core.rls import signed
from core.tenancy import EVERY
from simulator import DeviceSpec, FleetThread
from tests.processes.conftest import wait_until
from tests.processes.installation import Installation

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

LOGIN = {"username": "netops", "password": "sim-pass", "enable_secret": "sim-enable"}

SEED = """
from customers.models import Customer
from devices.models import Credential, Device, Site
from users.models import User
customer = Customer.objects.create(name="Acme", slug="acme")
site = Site.objects.create(customer=customer, name="Frankfurt")
credential = Credential.objects.create(customer=customer, name="fleet", **login)
Device.objects.bulk_create(
    Device(customer=customer, site=site, credential=credential, platform="ios",
           hostname=name, mgmt_ip="127.0.0.1", port=port)
    for name, port in ports.items()
)
user = User.objects.create(username="operator", role="admin", all_customers=True)
answer = None
"""
START = """
from customers.models import Customer
from devices.models import Device
from jobs.services import start_job
from users.models import User
job = start_job(
    actor=User.objects.get(), customer=Customer.objects.get(), kind="config_backup",
    devices=list(Device.objects.values_list("pk", flat=True)), params={"timeout_s": 120},
)
answer = job.pk
"""
RESULT = """
from config_mgmt.models import ConfigSnapshot
from devices.models import Device
from jobs.models import Job, JobLog, JobTarget
job = Job.objects.get()
answer = {
    "status": job.status,
    "succeeded": job.targets_succeeded,
    "snapshots": list(ConfigSnapshot.objects.values_list("device__hostname", "version", "is_new_version")),
    "sequences": list(JobLog.objects.filter(job=job).values_list("seq", flat=True)),
    "last": job.log_seq,
    "attempts": max(JobTarget.objects.values_list("attempts", flat=True)),
}
"""


@contextmanager
def look(installation: Installation) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
    """A way to ask the installation's database without starting a process for it."""
    connection: Any
    if installation.embedded:
        connection = sqlite3.connect(installation.data / "webnet.sqlite3")
    else:
        connection = psycopg.connect(installation.env["DATABASE_URL"], autocommit=True)
        with override_settings(SECRET_KEY=installation.env["SECRET_KEY"]):
            scope = signed(EVERY, connection.info.backend_pid)
        connection.execute("SELECT set_config('webnet.customers', %s, false)", [scope])
    with closing(connection):
        yield lambda query: connection.execute(query).fetchall()


@pytest.mark.parametrize("what", ["worker", "everything"])
def test_killed_in_a_backup_of_sixty_devices(installation: Installation, what: str) -> None:
    names = [f"r{number}" for number in range(60)]
    with FleetThread([DeviceSpec(name, latency_ms=150, **LOGIN) for name in names]) as fleet:
        installation.python(SEED, login=LOGIN, ports=fleet.ports)
        installation.start_all()
        installation.python(START)
        with look(installation) as ask:
            done = "SELECT count(*) FROM jobs_jobtarget WHERE status = 'succeeded'"
            ended = "SELECT count(*) FROM jobs_job WHERE finished_at IS NOT NULL"
            wait_until(lambda: ask(done)[0][0] >= 10, 60, "ten devices done")
            assert ask(done)[0][0] < 60
            if what == "everything":
                assert installation.kill("webnet")
                for started in installation.running:
                    started.wait(timeout=60)
                installation.start_all()
            else:
                assert installation.kill("worker")
                if not installation.embedded:
                    installation.start("worker")  # in services mode the platform's own supervisor does it
            wait_until(lambda: ask(ended)[0][0], 120, "the job ended")
        result = installation.python(RESULT)
    assert result["status"] == "succeeded"
    assert result["succeeded"] == 60
    # every device exactly once: one snapshot, one version
    assert sorted(name for name, _, _ in result["snapshots"]) == sorted(names)
    assert {(version, new) for _, version, new in result["snapshots"]} == {(1, True)}
    # the log went on without a gap
    assert result["sequences"] == list(range(1, result["last"] + 1))
    assert result["attempts"] == 2  # those that the dead worker had in hand
