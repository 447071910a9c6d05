"""One customer with one of everything, all of it under the same id."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from commands.models import AllowedCommand, CommandOutput
from config_mgmt.models import ConfigSnapshot, ConfigText
from conftest import make_user
from core.crypto import pack
from customers.models import Customer, CustomerIPRange
from devices.models import Credential, Device, InventoryImport, Site, Tag
from discovery.models import DeviceFacts, Interface, InterfaceAddress
from jobs.models import Job, JobLog, JobTarget, Schedule
from notifications.models import Channel, Delivery
from terminals.models import RecordingPart, TerminalSession
from topology.models import Neighbour, TopologyLink
from users.enums import Role
from users.models import APIKey, SavedFilter, User

PK = 7_000_000
"""Above what a sequence reaches, so that what a request makes is none of these."""
PARAMS = {"commands": ["show version"], "beyond_list": False, "command_timeout_s": 60, "timeout_s": 300}
TEXT = "hostname r1\nend\n"


def furnish() -> User:
    """Returns who asks: an admin of all customers, and not the user that the requests change."""
    customer = Customer.objects.create(pk=PK, name="Acme Networks", slug="acme")
    other = Customer.objects.create(pk=PK + 1, name="Globex Carrier", slug="globex")
    CustomerIPRange.objects.create(pk=PK, customer=other, cidr="192.0.2.0/24")
    user = make_user("robin", Role.OPERATOR, customer, pk=PK)
    key = APIKey.objects.create(pk=PK, user=user, name="monitoring", prefix="abcdefgh", key_hash="x", scopes=["read"])
    key.customers.add(customer)
    SavedFilter.objects.create(pk=PK, owner=user, customer=customer, name="routers", list="devices", query="role=core")
    site = Site.objects.create(pk=PK, customer=customer, name="Frankfurt")
    credential = Credential.objects.create(pk=PK, customer=customer, name="lab", username="netops", password="s3cret")
    device = Device.objects.create(
        pk=PK, customer=customer, hostname="r1", mgmt_ip="198.51.100.1", platform="ios", site=site,
        credential=credential, host_key="ssh-ed25519 AAAA",
    )  # fmt: skip
    device.tags.add(Tag.objects.create(pk=PK, customer=customer, name="core"))
    InventoryImport.objects.create(pk=PK, customer=customer, kind="devices", requested_by=user)
    AllowedCommand.objects.create(pk=PK, customer=customer, platform="ios", command="show tech-support")
    Schedule.objects.create(
        pk=PK, customer=customer, name="nights", kind="config_backup", params={"timeout_s": 60}, site=site,
        cron="0 2 * * *", next_run_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    channel = Channel.objects.create(
        pk=PK, customer=customer, kind="webhook", name="pager", address="https://hooks.example/", secret="whsec_eA=="
    )
    Delivery.objects.create(pk=PK, customer=customer, channel=channel, event="test", payload={}, state="sent")
    now = timezone.now()
    session = TerminalSession.objects.create(
        pk=PK, customer=customer, device=device, user=user, username=user.username, correlation_id="c", home="gone",
        status="ended", reason="device", seen_at=now, ended_at=now,
    )  # fmt: skip
    RecordingPart.objects.create(session=session, number=1, packed=pack('[0.1, "o", "r1#"]\n'))
    _interfaces(customer, device)
    _topology(customer, device)
    _job(customer, device, user)
    return make_user("fuzzer", Role.ADMIN, all_customers=True)


def _topology(customer: Customer, device: Device) -> None:
    seen = {"first_seen_at": timezone.now(), "last_seen_at": timezone.now()}
    Neighbour.objects.create(
        pk=PK, customer=customer, device=device, interface="Gi0/1", protocol="lldp", name="core-1",
        address="198.51.100.77", **seen,
    )  # fmt: skip
    TopologyLink.objects.create(
        pk=PK, customer=customer, device_a=device, interface_a="Gi0/1", device_b=device, interface_b="Gi0/2",
        state="one_sided", changed_at=timezone.now(), **seen,
    )  # fmt: skip


def _interfaces(customer: Customer, device: Device) -> None:
    now = timezone.now()
    DeviceFacts.objects.create(pk=PK, customer=customer, device=device, vendor="Cisco", booted_at=now, read_at=now)
    interface = Interface.objects.create(
        pk=PK, customer=customer, device=device, name="Gi0/1", sort_key="gi000000/000001", up=True, last_seen_at=now
    )
    InterfaceAddress.objects.create(customer=customer, interface=interface, address="198.51.100.1", prefix_length=24)


def _job(customer: Customer, device: Device, user: User) -> None:
    now = timezone.now()
    job = Job.objects.create(
        pk=PK, customer=customer, kind="run_commands", params=PARAMS, requested_by=user, status="failed",
        correlation_id="c", targets_total=1, targets_failed=1, started_at=now, finished_at=now, log_seq=1,
        summary={"targets": {"failed": 1}, "reasons": {"timeout": {"count": 1, "devices": ["r1"]}}},
    )  # fmt: skip
    target = JobTarget.objects.create(
        pk=PK, job=job, customer=customer, device=device, status="failed", error_code="timeout", finished_at=now
    )
    JobLog.objects.create(job=job, seq=1, at=now, level="error", device=device, text="no answer")
    CommandOutput.objects.create(pk=PK, customer=customer, target=target, position=0, problem="no answer", took_ms=1)
    text = ConfigText.objects.create(pk=PK, customer=customer, sha256="x", packed=pack(TEXT), size=len(TEXT), lines=2)
    ConfigSnapshot.objects.create(
        pk=PK, customer=customer, device=device, target=target, text=text, status="verified", version=1,
        is_new_version=True, taken_at=now,
    )  # fmt: skip
