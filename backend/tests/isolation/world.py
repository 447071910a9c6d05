"""Two customers with one of everything. Every text of the foreign one carries a needle that may show nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import CharField, Model, Q, TextField
from django.utils import timezone

from commands.models import AllowedCommand, CommandOutput, OutputText
from config_mgmt.models import ConfigSnapshot, ConfigText
from conftest import make_user
from core.crypto import pack
from core.models import AuditChain, AuditEvent
from customers.models import Customer, CustomerIPRange
from devices.models import Credential, Device, DeviceCount, InventoryImport, Site, Tag
from discovery.models import DeviceFacts, Interface, InterfaceAddress
from jobs.models import Job, JobLog, JobShard, JobTarget, Schedule
from monitoring.models import ReachabilityCheck
from notifications.models import Channel, Delivery
from terminals.models import RecordingPart, SessionChange, TerminalSession
from topology.models import Neighbour, NeighbourAnswer, TopologyLayout, TopologyLink, TopologyMap
from users.enums import Role
from users.keys import create_key
from users.models import APIKey, SavedFilter, User

NEEDLE = "wrenlock"
"""A word that stands in no page, and in every text of the foreign customer."""
ADDRESS = "203.0.113.93"
OWN_ADDRESS = "198.51.100.17"
NEEDLES = (NEEDLE, ADDRESS)

FOREIGN, NOBODYS, OWN = 7_310_000, 8_420_000, 6_150_000
"""Where the ids of the foreign rows, of rows that do not exist and of one's own begin. No page prints such numbers."""
MORE = 9_530_000
"""Where the ids of a second customer of one's own begin."""
BETWEEN = 5_050_000
"""The id of the user who belongs to both customers."""
KINDS = (
    "customer", "site", "credential", "tag", "device", "job", "ended_job", "shard", "target", "ended_target",
    "snapshot", "older_snapshot", "text", "older_text", "user", "audit_event", "import",
    "api_key", "ip_range", "colleague", "colleague_key", "saved_filter",
    "empty_site", "idle_credential", "session", "ended_session", "recording_part", "schedule",
    "neighbour", "unknown_neighbour", "topology_link", "neighbour_answer", "topology_map", "topology_layout",
    "commands_job", "commands_target", "output", "output_text", "allowed_command",
    "facts", "interface", "interface_address",
    "check",
    "channel", "delivery",
    "session_change",
)  # fmt: skip


SECOND_OF_ITS_MODEL = (
    "ended_job", "ended_target", "older_snapshot", "older_text", "colleague", "colleague_key", "empty_site",
    "idle_credential", "ended_session", "unknown_neighbour",
)  # fmt: skip
THIRD_OF_ITS_MODEL = ("commands_job", "commands_target")


def ids_from(start: int) -> dict[str, int]:
    """Ids by kind, far apart: the id of a row that a call makes is none of them.

    One's own differ all, so that none is taken for another. Those of others are the same in every table: one request
    with such an id asks for a row of every kind.
    """
    if start not in (FOREIGN, NOBODYS):
        return {kind: start + number * 1000 for number, kind in enumerate(KINDS, 1)}
    return {
        kind: start + 1000 * (1 + (kind in SECOND_OF_ITS_MODEL) + 2 * (kind in THIRD_OF_ITS_MODEL)) for kind in KINDS
    }


@dataclass(frozen=True, slots=True)
class World:
    outsider: User
    """Admin of the one customer, who must not see the other."""
    viewer: User
    """Viewer of the one customer."""
    owner: User
    """Admin of the foreign customer, who sees all of it."""
    customer: Customer
    """The foreign customer."""
    between: User
    """Admin of both: the outsider sees this user, and nothing of the foreign customer through it."""


Half = tuple[User, User, User]
"""Outsider, viewer, and who will be between the customers."""


def build() -> World:
    half = own_half()
    return add_foreign(*half)


def own_half() -> Half:
    """What there is before there is a foreign customer."""
    own = furnish(ids_from(OWN), "plain", OWN_ADDRESS)
    return (
        make_user("outsider", Role.ADMIN, own),
        make_user("onlooker", Role.VIEWER, own),
        make_user("between", Role.ADMIN, own, pk=BETWEEN),
    )


def add_foreign(outsider: User, viewer: User, between: User) -> World:
    foreign = furnish(ids_from(FOREIGN), NEEDLE, ADDRESS)
    between.customers.add(foreign)
    owner = User.objects.get(pk=ids_from(FOREIGN)["user"])
    return World(outsider=outsider, viewer=viewer, owner=owner, customer=foreign, between=between)


def furnish(ids: dict[str, int], word: str, address: str) -> Customer:
    """A customer with one of everything, and `word` in every text."""
    customer = Customer.objects.create(pk=ids["customer"], name=f"{word} customer", slug=f"{word}-slug")
    CustomerIPRange.objects.create(pk=ids["ip_range"], customer=customer, cidr=f"{address}/32")
    user = make_user(
        f"{word}-user", Role.ADMIN, customer, pk=ids["user"], email=f"u@{word}.example", first_name=word, last_name=word
    )
    key = APIKey.objects.create(pk=ids["api_key"], user=user, name=f"{word} key", prefix=word, key_hash=word)
    key.customers.add(customer)
    _colleague(customer, ids, word)
    SavedFilter.objects.create(
        pk=ids["saved_filter"], customer=customer, owner=user, name=f"{word} filter", list="devices", query=word
    )
    device = _device(customer, ids, word, address)
    _jobs(customer, ids, word, user, device)
    _snapshots(customer, ids, word, device)
    _schedule(customer, ids, word)
    _outputs(customer, ids, word, user, device)
    _terminals(customer, ids, word, user, device)
    _interfaces(customer, ids, word, device, address)
    _topology(customer, ids, word, user, device, address)
    _notifications(customer, ids, word)
    ReachabilityCheck.objects.create(
        pk=ids["check"], customer=customer, device=device, job_id=ids["ended_job"], checked_at=timezone.now(),
        state="unreachable", tcp_sent=3, tcp_lost=3, icmp_sent=0, icmp_lost=0, reason=f"{word} is silent",
    )  # fmt: skip
    _audit(customer, ids, word, user, address)
    InventoryImport.objects.create(
        pk=ids["import"], customer=customer, kind="devices", requested_by=user, rows_total=1, faults_total=1,
        faults=[{"line": 2, "column": "site", "detail": f"{word} is no site"}], error=f"{word} error",
        correlation_id=f"{word}-import",
    )  # fmt: skip
    return customer


def _colleague(customer: Customer, ids: dict[str, int], word: str) -> None:
    """An operator, whom the admin manages, with a key."""
    user = make_user(
        f"{word}-colleague", Role.OPERATOR, customer, pk=ids["colleague"], email=f"c@{word}.example",
        first_name=word, last_name=word,
    )  # fmt: skip
    key = APIKey.objects.create(
        pk=ids["colleague_key"], user=user, name=f"{word} key", prefix=f"{word}-2", key_hash=word, scopes=["read"]
    )
    key.customers.add(customer)


def _device(customer: Customer, ids: dict[str, int], word: str, address: str) -> Device:
    site = Site.objects.create(pk=ids["site"], customer=customer, name=f"{word} site", region=f"{word} region")
    credential = Credential.objects.create(
        pk=ids["credential"], customer=customer, name=f"{word} login", username=word, password=f"{word}-p",
        enable_secret=f"{word}-e", private_key=f"{word}-k",
    )  # fmt: skip
    device = Device.objects.create(
        pk=ids["device"], customer=customer, hostname=f"{word}-r1", mgmt_ip=address, platform="ios", site=site,
        credential=credential, host_key=f"ssh-ed25519 {word}", connection_options={"note": word}, model=f"{word} 9000",
        serial=f"{word}-serial", os_version=f"{word} 1.0", last_backup="suspicious", last_backup_at=timezone.now(),
        backed_up_at=timezone.now(),
    )  # fmt: skip
    # nothing holds these
    Site.objects.create(pk=ids["empty_site"], customer=customer, name=f"{word} empty site", region=word)
    Credential.objects.create(
        pk=ids["idle_credential"], customer=customer, name=f"{word} spare", username=word, password=word,
        enable_secret=word, private_key=word,
    )  # fmt: skip
    DeviceCount.objects.create(customer=customer, change=0)
    device.tags.add(Tag.objects.create(pk=ids["tag"], customer=customer, name=f"{word} tag"))
    return device


def _jobs(customer: Customer, ids: dict[str, int], word: str, user: User, device: Device) -> None:
    now = timezone.now()
    common = {
        "customer": customer, "kind": "config_backup", "params": {"timeout_s": 60}, "requested_by": user,
        "correlation_id": f"{word}-correlation", "targets_total": 1, "log_seq": 2,
    }  # fmt: skip
    live = Job.objects.create(pk=ids["job"], status="running", started_at=now, revision=3, **common)
    ended = Job.objects.create(
        pk=ids["ended_job"], status="failed", started_at=now, finished_at=now, targets_failed=1, revision=5,
        summary={"targets": {"failed": 1}, "reasons": {"timeout": {"count": 1, "devices": [device.hostname]}}},
        **common,
    )  # fmt: skip
    shard = JobShard.objects.create(pk=ids["shard"], job=live, number=0)
    JobTarget.objects.create(pk=ids["target"], job=live, shard=shard, customer=customer, device=device)
    JobTarget.objects.create(
        pk=ids["ended_target"], job=ended, customer=customer, device=device, status="failed", finished_at=now,
        error_code="timeout", error_text=f"{word} did not answer", result={"note": word},
    )  # fmt: skip
    for job in (live, ended):
        for seq, level in ((1, "info"), (2, "error")):
            JobLog.objects.create(job=job, seq=seq, at=now, level=level, device=device, text=f"{word} line {seq}")


def _schedule(customer: Customer, ids: dict[str, int], word: str) -> None:
    Schedule.objects.create(
        pk=ids["schedule"], customer=customer, name=f"{word} nights", kind="config_backup", params={"timeout_s": 60},
        site_id=ids["site"], cron="0 2 * * *", next_run_at=timezone.now() + timedelta(days=1),
        last_run_at=timezone.now(), last_job_id=ids["ended_job"], last_problem=f"{word} problem",
    )  # fmt: skip


def _snapshots(customer: Customer, ids: dict[str, int], word: str, device: Device) -> None:
    """Two versions; the second belongs to the ended job."""
    for version, kind in ((1, "older_"), (2, "")):
        words = (
            f"hostname {device.hostname}\nenable secret 0 {word}-secret\nsnmp-server location {word} v{version}\nend\n"
        )
        text = ConfigText.objects.create(
            pk=ids[f"{kind}text"], customer=customer, sha256=f"{word}{version}", packed=pack(words), size=len(words),
            lines=4,
        )  # fmt: skip
        ConfigSnapshot.objects.create(
            pk=ids[f"{kind}snapshot"], customer=customer, device=device, text=text, status="verified", version=version,
            target_id=ids["ended_target"] if version == 2 else None, normal_sha256=f"{word}{version}",
            is_new_version=True, lines_added=1, lines_removed=1, problems=[f"{word} problem"],
            taken_at=timezone.now() - timedelta(hours=2 - version),
        )  # fmt: skip


def _terminals(customer: Customer, ids: dict[str, int], word: str, user: User, device: Device) -> None:
    """An open session and one that has ended, of which there is a recording."""
    now = timezone.now()
    common = {
        "customer": customer, "device": device, "user": user, "holder": user, "username": f"{word}-user",
        "correlation_id": f"{word}-terminal", "home": f"{word}:1", "seen_at": now,
    }  # fmt: skip
    TerminalSession.objects.create(pk=ids["session"], detail=word, config_detail=word, **common)
    ended = TerminalSession.objects.create(
        pk=ids["ended_session"], status="ended", reason="device", detail=f"{word} closed it", ended_at=now,
        typed=True, config_check="changed", config_detail=f"{word} failed", backup_id=ids["ended_job"], **common,
    )  # fmt: skip
    SessionChange.objects.create(
        pk=ids["session_change"], customer=customer, session=ended, before_id=ids["older_snapshot"],
        after_id=ids["snapshot"],
    )  # fmt: skip
    RecordingPart.objects.create(
        pk=ids["recording_part"], session=ended, number=1, packed=pack(f'[0.1, "o", "{word}-r1#"]\n')
    )


def _interfaces(customer: Customer, ids: dict[str, int], word: str, device: Device, address: str) -> None:
    """What the device said of itself."""
    now = timezone.now()
    DeviceFacts.objects.create(
        pk=ids["facts"], customer=customer, device=device, vendor=word, reported_hostname=f"{word}-r1", booted_at=now,
        read_at=now, interfaces_read_at=now, problems=[f"{word} left out"], job_id=ids["ended_job"],
    )  # fmt: skip
    interface = Interface.objects.create(
        pk=ids["interface"], customer=customer, device=device, name=f"{word}0/1", sort_key=f"{word}0/1", mac=word,
        description=f"to {word}", up=True, enabled=True, last_seen_at=now,
    )  # fmt: skip
    InterfaceAddress.objects.create(
        pk=ids["interface_address"], customer=customer, interface=interface, address=address, prefix_length=24
    )


def _topology(customer: Customer, ids: dict[str, int], word: str, user: User, device: Device, address: str) -> None:
    """A cable from the device to itself, and a neighbour that nobody knows."""
    now = timezone.now()
    common = {
        "customer": customer, "device": device, "protocol": "lldp", "chassis": word, "port": word, "address": address,
        "port_description": word, "description": f"{word} system", "first_seen_at": now, "last_seen_at": now,
    }  # fmt: skip
    Neighbour.objects.create(
        pk=ids["neighbour"], interface=f"{word}0/1", name=device.hostname, remote=device, matched_by="name",
        job_id=ids["ended_job"], problem=f"{word} was told apart", **common,
    )  # fmt: skip
    Neighbour.objects.create(
        pk=ids["unknown_neighbour"], interface=f"{word}0/2", name=f"{word}-new", problem=f"{word} fits two", **common
    )
    TopologyLink.objects.create(
        pk=ids["topology_link"], customer=customer, device_a=device, interface_a=f"{word}0/1", device_b=device,
        interface_b=f"{word}0/2", state="conflict", detail=f"{word} says", first_seen_at=now, last_seen_at=now,
        changed_at=now,
    )  # fmt: skip
    NeighbourAnswer.objects.create(
        pk=ids["neighbour_answer"], customer=customer, device=device, failed_at=now, problem=f"{word} is silent"
    )
    TopologyMap.objects.create(pk=ids["topology_map"], customer=customer)
    TopologyLayout.objects.create(
        pk=ids["topology_layout"], customer=customer, user=user, positions={str(device.pk): [1, 2]}
    )


def _outputs(customer: Customer, ids: dict[str, int], word: str, user: User, device: Device) -> None:
    """An ended job of one command, and what the device answered."""
    now = timezone.now()
    job = Job.objects.create(
        pk=ids["commands_job"], customer=customer, kind="run_commands", status="succeeded", requested_by=user,
        params={"commands": [f"show {word}"], "beyond_list": False, "command_timeout_s": 60, "timeout_s": 300},
        correlation_id=f"{word}-commands", targets_total=1, targets_succeeded=1, started_at=now, finished_at=now,
    )  # fmt: skip
    target = JobTarget.objects.create(
        pk=ids["commands_target"], job=job, customer=customer, device=device, status="succeeded", finished_at=now
    )
    words = f"{word} is up\n"
    text = OutputText.objects.create(
        pk=ids["output_text"], customer=customer, sha256=f"{word}-output", packed=pack(words), size=len(words), lines=1
    )
    CommandOutput.objects.create(
        pk=ids["output"], customer=customer, target=target, position=0, text=text, problem=f"{word} problem", took_ms=5
    )
    AllowedCommand.objects.create(
        pk=ids["allowed_command"], customer=customer, platform="ios", command=f"test {word}", reason=f"{word} reason"
    )


def _notifications(customer: Customer, ids: dict[str, int], word: str) -> None:
    """A webhook, and what did not get through it."""
    now = timezone.now()
    channel = Channel.objects.create(
        pk=ids["channel"], customer=customer, kind="webhook", name=f"{word} channel", failing_since=now,
        address=f"https://{word}.example/hook", secret=f"whsec_{word}", old_secret=f"whsec_{word}",
        disabled_because=f"{word} was away",
    )  # fmt: skip
    Delivery.objects.create(
        pk=ids["delivery"], customer=customer, channel=channel, job_id=ids["ended_job"], event="job.ended",
        payload={"type": word}, state="failed", attempts=8, next_attempt_at=None, recipient=f"https://{word}.example",
        problem=f"{word} does not answer", answer=f"{word} is away", answer_status=503, attempted_at=now,
    )  # fmt: skip


def _audit(customer: Customer, ids: dict[str, int], word: str, user: User, address: str) -> None:
    AuditEvent.objects.create(
        pk=ids["audit_event"], customer=customer, seq=1, hash=word, at=timezone.now(), actor=user, actor_name=word,
        api_key=word, action=f"{word}.change", object_type=f"{word}.thing", object_id=ids["device"], object_label=word,
        before={word: word}, after={word: f"{word} after"}, source_address=address, correlation_id=word,
    )  # fmt: skip
    AuditChain.objects.create(pk=customer.pk, customer=customer, number=1, seq=1, hash=word, mac=word)


OF_A_CUSTOMER = {
    "customers.Customer": "pk", "customers.CustomerIPRange": "customer", "devices.Site": "customer",
    "devices.Credential": "customer", "devices.Tag": "customer", "devices.Device": "customer", "jobs.Job": "customer",
    "jobs.Schedule": "customer",
    "jobs.JobShard": "job__customer", "jobs.JobTarget": "customer", "jobs.JobLog": "job__customer",
    "config_mgmt.ConfigText": "customer", "config_mgmt.ConfigSnapshot": "customer", "users.User": "customers",
    "users.APIKey": "customers", "users.SavedFilter": "customer",
    "core.AuditEvent": "customer", "core.AuditChain": "customer",
    "devices.DeviceCount": "customer", "devices.InventoryImport": "customer", "terminals.TerminalSession": "customer",
    "terminals.RecordingPart": "session__customer", "terminals.SessionChange": "customer",
    "notifications.Channel": "customer", "notifications.Delivery": "customer",
    "topology.Neighbour": "customer", "topology.NeighbourAnswer": "customer", "topology.TopologyLink": "customer",
    "topology.TopologyMap": "customer", "topology.TopologyLayout": "customer",
    "commands.AllowedCommand": "customer", "commands.OutputText": "customer", "commands.CommandOutput": "customer",
    "monitoring.ReachabilityCheck": "customer",
    "discovery.DeviceFacts": "customer", "discovery.Interface": "customer", "discovery.InterfaceAddress": "customer",
}  # fmt: skip
"""How each model leads to its customer. A new model of a customer has to be added, and furnished."""


def rows_of(customer: Customer, label: str) -> list[Model]:
    model = apps.get_model(label)
    return list(model._default_manager.filter(Q(**{OF_A_CUSTOMER[label]: customer.pk})).order_by("pk"))


def state_of(customer: Customer) -> list[tuple[Any, ...]]:
    """Everything that the database holds of the customer, to see that a call changed nothing."""
    selects = [sql for label, path in OF_A_CUSTOMER.items() for sql in selects_of(apps.get_model(label), path)]
    return [row for sql in selects for row in read(sql, [customer.pk])]


@cache
def selects_of(model: type[Model], path: str = "") -> tuple[str, ...]:
    """SQL for the model's rows and for what ties them to others: all, or those that `path` leads to one id from.

    Without what a login itself moves.
    """
    columns = [field.attname for field in model._meta.concrete_fields if field.name != "last_login"]
    asked = [(model, path, columns)]
    for field in model._meta.local_many_to_many:
        name = field.m2m_field_name()  # type: ignore[attr-defined]
        asked.append((field.remote_field.through, f"{name}__{path}", []))  # type: ignore[union-attr, arg-type]
    found = [
        (one._default_manager.filter(**{way: 0}) if path else one._default_manager.all())
        .order_by("pk")
        .values_list(*names)
        for one, way, names in asked
    ]
    return tuple(rows.query.sql_with_params()[0] for rows in found)


def read(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def texts_of(row: Model) -> dict[str, Any]:
    """The row's free texts by field."""
    fields = [f for f in row._meta.concrete_fields if isinstance(f, CharField | TextField) and not f.choices]
    return {f"{row._meta.label}.{field.name}": getattr(row, field.attname) for field in fields}


def rename(customer: Customer, word: str) -> None:
    """Another word in place of the needle, in every text of the customer's rows that may change."""
    for label in OF_A_CUSTOMER:
        for row in rows_of(customer, label):
            texts = {name.rpartition(".")[2]: str(text) for name, text in texts_of(row).items() if NEEDLE in str(text)}
            changed = {name: text.replace(NEEDLE, word) for name, text in texts.items()}
            if changed and label not in {"jobs.JobLog", "core.AuditEvent"}:  # which are only ever added to
                type(row)._default_manager.filter(pk=row.pk).update(**changed)


def key_of_one_customer(world: World, *scopes: str) -> str:
    """A key of who belongs to both customers, limited to the one: the other is foreign to it."""
    own = Customer.objects.get(pk=ids_from(OWN)["customer"])
    _, text = create_key(actor=world.between, user=world.between, name="half", scopes=scopes, customers=[own])
    return text
