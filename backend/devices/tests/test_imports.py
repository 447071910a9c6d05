"""An import from file to inventory: what it writes, what it refuses, and what a lost worker leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from core.models import AuditEvent
from core.services import mask
from customers.models import Customer
from devices.enums import ImportStatus
from devices.importing import run
from devices.importing.run import LostToAnother, Run, run_import, start_import, sweep_imports
from devices.importing.table import NotATable
from devices.models import Credential, Device, InventoryImport, Site
from users.models import User
from users.permissions import NotAllowed

pytestmark = pytest.mark.django_db
HEAD = "hostname,mgmt_ip,platform,site,tags,enabled,port\n"
Import = Callable[..., InventoryImport]


@pytest.fixture
def site(acme: Customer) -> Site:
    return Site.objects.create(customer=acme, name="Oslo")


@pytest.fixture
def bring(acme: Customer, operator: User, site: Site) -> Import:
    def start(text: str, kind: str = "devices", **options: Any) -> InventoryImport:
        return start_import(actor=operator, customer=acme, kind=kind, content=text.encode(), **options)

    return start


def line(number: int, *, site: str = "Oslo", **cells: str) -> str:
    row = {"hostname": f"r{number}", "mgmt_ip": f"10.0.{number // 250}.{number % 250 + 1}", "platform": "ios"} | cells
    return f"{row['hostname']},{row['mgmt_ip']},{row['platform']},{site},{row.get('tags', '')},,\n"


def faults(made: InventoryImport) -> list[tuple[int, str]]:
    return [(fault["line"], fault["column"]) for fault in made.faults]


@pytest.fixture
def parts_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PART", 2)


def test_devices_are_made_with_all_that_the_file_says(bring: Import, operator: User) -> None:
    made = bring(HEAD + "r1,10.0.0.1,ios,oslo,core; old,no,2222\n" + line(2))
    assert (made.status, made.created, made.faults, made.error) == ("succeeded", 2, [], "")
    first, second = Device.objects.order_by("hostname")
    assert (first.site.name, first.enabled, first.port) == ("Oslo", False, 2222)
    assert {tag.name for tag in first.tags.all()} == {"core", "old"}
    assert (second.enabled, second.port, second.tags.count()) == (True, 22, 0)
    actions = list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))
    assert (actions[0], actions[-1], actions.count("device.create")) == ("import.start", "import.end", 2)
    assert bytes(made.content) == b"", "the file is gone once it is in the inventory"


@pytest.mark.usefixtures("parts_of_two")
def test_one_fault_keeps_everything_out(bring: Import) -> None:
    made = bring(HEAD + line(1) + line(2) + line(3) + line(4, site="Nowhere") + line(5))
    assert (made.status, made.created, faults(made)) == ("refused", 0, [(5, "site")])
    assert not Device.objects.exists()


@pytest.mark.usefixtures("parts_of_two")
def test_faulty_rows_can_be_left_out(bring: Import) -> None:
    made = bring(HEAD + line(1) + line(2, site="Nowhere") + line(3, platform="abacus") + line(4), skip_faulty=True)
    assert (made.status, made.created, faults(made)) == ("partial", 2, [(3, "site"), (4, "platform")])
    assert set(Device.objects.values_list("hostname", flat=True)) == {"r1", "r4"}


@pytest.mark.usefixtures("parts_of_two")
def test_each_fault_is_told_by_line_and_column(bring: Import, device: Device) -> None:
    text = (
        HEAD
        + "r1,10.0.0.999,ios,Oslo,,,\n"
        + "r2,10.0.0.2,ios,Oslo,,maybe,\n"
        + "r3,10.0.0.3,ios,Oslo,,,99999\n"
        + "r 4,10.0.0.4,ios,Oslo,,,\n"
        + "r5,10.0.0.5,ios,,,,\n"
        + "r6,10.0.0.6\n"
        + "r7,10.0.0.7,ios,Oslo,,,\n"
        + "R7,10.0.0.8,ios,Oslo,,,\n"
        + f"{device.hostname},10.0.0.9,ios,Oslo,,,\n"
    )
    made = bring(text)
    assert sorted(faults(made)) == [
        (2, "mgmt_ip"), (3, "enabled"), (4, "port"), (5, "hostname"), (6, "site"), (7, ""), (9, "hostname"),
        (10, "hostname"),
    ]  # fmt: skip
    assert made.faults_total == 8


def test_a_dry_run_tells_and_writes_nothing(bring: Import) -> None:
    bring(HEAD + line(1))
    made = bring(HEAD + line(1, tags="core") + line(2), dry_run=True, update_existing=True)
    assert (made.status, made.created, made.updated) == ("succeeded", 1, 1)
    assert Device.objects.count() == 1
    assert not AuditEvent.objects.filter(action="device.change").exists()


def test_rows_that_are_there_are_changed_when_asked(bring: Import) -> None:
    bring(HEAD + line(1) + line(2))
    made = bring(HEAD + line(1) + line(2, mgmt_ip="10.9.9.9") + line(3), update_existing=True)
    assert (made.status, made.created, made.updated, made.unchanged) == ("succeeded", 1, 1, 1)
    assert Device.objects.get(hostname="r2").mgmt_ip == "10.9.9.9"


def test_credentials_keep_their_secrets_out_of_what_is_told(bring: Import) -> None:
    text = "name,username,password\nfleet,netops,hush-hush\nother,,hush-hush\n"
    made = bring(text, "credentials", skip_faulty=True)
    assert (made.status, made.created, faults(made)) == ("partial", 1, [(3, "username")])
    assert Credential.objects.get().password == "hush-hush"
    assert "hush" not in str(made.faults) + str(list(AuditEvent.objects.values()))
    again = bring("name,username,password\nfleet,root,\n", "credentials", update_existing=True)
    assert again.updated == 1
    assert (Credential.objects.get().username, Credential.objects.get().password) == ("root", "hush-hush")


@pytest.mark.parametrize("text", ["", HEAD, "hostname,colour\n"])
def test_what_is_no_table_makes_no_import(bring: Import, text: str) -> None:
    with pytest.raises(NotATable):
        bring(text)
    assert not InventoryImport.objects.exists()


def test_only_who_manages_the_customer_imports(acme: Customer, viewer: User, stranger: User, site: Site) -> None:
    for user in (viewer, stranger):
        with pytest.raises(NotAllowed):
            start_import(actor=user, customer=acme, kind="devices", content=(HEAD + line(1)).encode())


@pytest.fixture
def queued(bring: Import, monkeypatch: pytest.MonkeyPatch) -> InventoryImport:
    """A file of five rows that waits for a worker."""
    monkeypatch.setattr(run, "WAITED_FOR", 1)
    monkeypatch.setattr(run, "PART", 2)
    return bring(HEAD + "".join(line(number) for number in range(5)))


def die_after(monkeypatch: pytest.MonkeyPatch, parts: int) -> None:
    """The worker is gone once it has written so many parts."""
    apply, left = Run._apply, [parts]

    def dying(self: Run, part: Any) -> None:
        if self.row.is_checked or InventoryImport.objects.get(pk=self.row.pk).is_checked:
            if not left[0]:
                raise SystemExit
            left[0] -= 1
        apply(self, part)

    monkeypatch.setattr(Run, "_apply", dying)


def test_a_successor_goes_on_where_a_lost_worker_was(queued: InventoryImport, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        die_after(patched, 1)
        with pytest.raises(SystemExit):
            run_import(queued.pk)
    assert Device.objects.count() == 2
    InventoryImport.objects.update(seen_at=timezone.now() - timedelta(minutes=1))
    sweep_imports()
    run_import(queued.pk)
    queued.refresh_from_db()
    assert (queued.status, queued.created, queued.rows_written) == ("succeeded", 5, 5)
    assert Device.objects.count() == 5


def test_an_import_that_kills_its_workers_fails_in_words(queued: InventoryImport) -> None:
    long_ago = timezone.now() - timedelta(minutes=1)
    InventoryImport.objects.update(status=ImportStatus.RUNNING, runs=3, seen_at=long_ago, run_token=uuid4())
    sweep_imports()
    queued.refresh_from_db()
    assert (queued.status, bool(queued.finished_at)) == ("failed", True)
    assert "lost 3 times" in queued.error


def test_two_workers_do_not_write_the_same_import(queued: InventoryImport) -> None:
    slow = Run(InventoryImport.objects.get(), uuid4())
    run_import(queued.pk)
    run_import(queued.pk)
    assert Device.objects.count() == 5
    with pytest.raises(LostToAnother):
        slow.to_its_end()
    assert Device.objects.count() == 5


def test_who_lost_the_customer_meanwhile_imports_nothing(queued: InventoryImport, operator: User) -> None:
    operator.customers.clear()
    run_import(queued.pk)
    queued.refresh_from_db()
    assert (queued.status, Device.objects.count()) == ("failed", 0)


def test_the_unexpected_ends_the_import_without_innards(
    queued: InventoryImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Run, part: Any) -> None:
        raise ZeroDivisionError("innards")

    monkeypatch.setattr(Run, "_apply", broken)
    run_import(queued.pk)
    queued.refresh_from_db()
    assert queued.status == "failed"
    assert "innards" not in queued.error


def test_secret_columns_are_masked_by_the_audit_trail() -> None:
    assert set(mask({"password": "x", "enable_secret": "x", "private_key": "x"}).values()) == {"••••••"}
