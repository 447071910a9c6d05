"""What the benchmarks put into a throw-away installation. Each function runs inside it."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F
from django.test import Client
from django.utils import timezone

from config_mgmt.models import ConfigSnapshot, ConfigText
from customers.models import Customer
from devices.models import Credential, Device, Site
from jobs.doorbell import ring_on_commit
from jobs.models import Job, JobLog, JobTarget
from jobs.progress import LogLine, add_lines
from monitoring.models import ReachabilityCheck
from users.models import User

__all__ = [
    "append_lines",
    "count_checks",
    "forget_backups",
    "line_stamps",
    "seed_fleet",
    "seed_log",
    "session_of",
    "stamp_lines",
]

STAMPS = {
    "postgresql": ("ALTER TABLE jobs_joblog ADD COLUMN inserted_at timestamptz DEFAULT clock_timestamp()",),
    # SQLite adds no column whose default is the time
    "sqlite": (
        "CREATE TABLE bench_stamp (job_id integer, seq integer, inserted_at real)",
        "CREATE TRIGGER bench_stamp AFTER INSERT ON jobs_joblog BEGIN INSERT INTO bench_stamp "
        "VALUES (NEW.job_id, NEW.seq, (julianday('now') - 2440587.5) * 86400); END",
    ),
}
READ_STAMPS = {
    "postgresql": "SELECT job_id, seq, extract(epoch FROM inserted_at)::float8 FROM jobs_joblog",
    "sqlite": "SELECT job_id, seq, inserted_at FROM bench_stamp",
}


def cast(password: str) -> Customer:
    """One customer with an operator."""
    customer = Customer.objects.create(name="Acme", slug="acme")
    operator = User.objects.create_user("operator", password=password, role="operator")
    operator.customers.add(customer)
    return customer


def seed_fleet(password: str, login: dict[str, str], fleet: list[dict[str, Any]]) -> dict[str, Any]:
    """A customer with the simulated fleet's devices; their ids in order."""
    customer = cast(password)
    site = Site.objects.create(customer=customer, name="Frankfurt")
    credential = Credential.objects.create(customer=customer, name="fleet", **login)
    Device.objects.bulk_create(
        Device(
            customer=customer, site=site, credential=credential, platform="ios",
            hostname=row["hostname"], mgmt_ip=row["address"], port=row["port"],
        )
        for row in fleet
    )  # fmt: skip
    return {"customer": customer.pk, "devices": list(Device.objects.order_by("hostname").values_list("pk", flat=True))}


def forget_backups() -> None:
    """As if no device had ever been reached: no pinned key, no snapshot, no stored text."""
    ConfigSnapshot.objects.all().delete()
    ConfigText.objects.all().delete()
    Device.objects.update(host_key="", last_backup="none", last_backup_at=None, backed_up_at=None)


def count_checks() -> dict[str, int]:
    """Checks of reachability that are kept, by state."""
    return dict(ReachabilityCheck.objects.order_by().values_list("state").annotate(Count("pk")))


def stamp_lines() -> None:
    """Let the database write down when each log row is inserted; the product does not know of it."""
    with connection.cursor() as cursor:
        for statement in STAMPS[connection.vendor]:
            cursor.execute(statement)


def line_stamps(jobs: list[int]) -> list[tuple[int, int, float]]:
    """Job, sequence and Unix time of insertion of these jobs' rows."""
    with connection.cursor() as cursor:
        cursor.execute(READ_STAMPS[connection.vendor])
        return [row for row in cursor.fetchall() if row[0] in jobs]


def client(username: str = "operator") -> Client:
    """A browser's double with this user logged in."""
    settings.ALLOWED_HOSTS = ["testserver"]
    made = Client()
    made.force_login(User.objects.get(username=username))
    return made


def session_of(username: str = "operator") -> dict[str, str]:
    """The cookie of this user, logged in."""
    return {settings.SESSION_COOKIE_NAME: client(username).cookies[settings.SESSION_COOKIE_NAME].value}


def seed_log(password: str, lines: int, devices: int) -> int:
    """A running job with a log of that many lines; one error near its start and one in its middle. Its id."""
    customer = cast(password)
    site = Site.objects.create(customer=customer, name="Frankfurt")
    fleet = Device.objects.bulk_create(
        Device(customer=customer, site=site, platform="ios", hostname=f"r{n:04}", mgmt_ip=f"10.0.{n // 250}.{n % 250}")
        for n in range(devices)
    )
    job = Job.objects.create(
        customer=customer, kind="config_backup", status="running", started_at=timezone.now(),
        requested_by=User.objects.get(), targets_total=devices, log_seq=lines,
    )  # fmt: skip
    JobTarget.objects.bulk_create(JobTarget(job=job, customer=customer, device=row, status="running") for row in fleet)
    errors = {3, lines // 2}
    rows = (
        JobLog(job=job, seq=seq, at=timezone.now(), level="error" if seq in errors else "info",
               device=fleet[seq % devices], text=_text(seq))
        for seq in range(1, lines + 1)
    )  # fmt: skip
    JobLog.objects.bulk_create(rows, batch_size=2000)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return job.pk


def _text(number: int) -> str:
    return f"running configuration: {number % 400} lines, {number % 97}.4 kB, read after {number % 13} tries"


def append_lines(job: int, number: int, batch: int, every_s: float) -> int:
    """Append lines as a worker does, a batch at a time; the log's last sequence."""
    device = Device.objects.order_by("pk")[0].pk
    for start in range(0, number, batch):
        lines: list[LogLine] = [(timezone.now(), "info", device, _text(start + n)) for n in range(batch)]
        with transaction.atomic():
            add_lines(job, lines)
            Job.objects.filter(pk=job).update(revision=F("revision") + 1)
            ring_on_commit(job)
        time.sleep(every_s)
    return Job.objects.get(pk=job).log_seq
