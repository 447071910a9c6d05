"""Jobs on real routers, through the worker's path: from start_job to snapshots, reachability and words."""

from __future__ import annotations

import pytest

from config_mgmt.models import ConfigSnapshot
from config_mgmt.services import plain_text
from devices.models import Device
from jobs.enums import JobStatus
from jobs.services import start_job
from jobs.tests.test_runner import back_up, run_all
from monitoring.models import ReachabilityCheck
from networkops import engine
from networkops.tests.conftest import settled
from networkops.types import HostDone, HostStarted
from tests.lab.conftest import Spec
from tests.lab.running import RunningLab
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def test_backup_of_every_router_is_verified_and_whole(
    lab: RunningLab, lab_devices: dict[str, Device], operator: User
) -> None:
    job = back_up(operator, *lab_devices.values())
    assert job.status == JobStatus.SUCCEEDED
    for name, device in lab_devices.items():
        snapshot = ConfigSnapshot.objects.get(device=device)
        assert snapshot.status == "verified"
        truth = lab.do("exec", name, "vtysh", "-c", "show running-config no-header")
        kept = plain_text(snapshot)
        assert truth.strip("\n") in kept
        assert kept.endswith("\nend\n")


def test_second_backup_is_no_new_version_and_a_changed_router_is_one(
    lab: RunningLab, lab_devices: dict[str, Device], operator: User
) -> None:
    device = lab_devices["r1"]
    change = ["exec", "r1", "vtysh", "-c", "configure", "-c", "interface eth1"]
    back_up(operator, device)
    back_up(operator, device)
    lab.do(*change, "-c", "description changed by hand")
    back_up(operator, device)
    lab.do(*change, "-c", f"description to {lab.routers['r1']['ports'][0]['peer']} eth1")
    versions = ConfigSnapshot.objects.filter(device=device).order_by("pk").values_list("version", "is_new_version")
    assert list(versions) == [(1, True), (1, False), (2, True)]


def test_host_key_is_pinned_at_first_contact_and_another_one_stops_the_job(
    lab: RunningLab, lab_devices: dict[str, Device], operator: User
) -> None:
    first, second = lab_devices["r1"], lab_devices["r2"]
    Device.objects.filter(pk=first.pk).update(host_key="")
    Device.objects.filter(pk=second.pk).update(host_key=lab.routers["r1"]["host_key"])
    job = back_up(operator, first, second)
    assert job.status == JobStatus.PARTIAL
    first.refresh_from_db()
    assert first.host_key == lab.routers["r1"]["host_key"]
    assert job.targets.get(device=second).error_code == "host_key_changed"


def test_wrong_password_is_refused_in_words(lab_devices: dict[str, Device], operator: User) -> None:
    credential = lab_devices["r1"].credential
    assert credential
    credential.password = "not this one"
    credential.save()
    target = back_up(operator, lab_devices["r1"]).targets.get()
    assert (target.status, target.error_code) == ("failed", "login_refused")
    assert target.error_text == "the device refused the login of user 'netops' with its password"


def test_account_without_rights_to_vtysh_is_told_so(
    lab: RunningLab, lab_devices: dict[str, Device], operator: User
) -> None:
    lab.do("exec", "r1", "chmod", "o-rwx,g-rwx", "/run/frr")
    try:
        target = back_up(operator, lab_devices["r1"]).targets.get()
    finally:
        lab.do("exec", "r1", "chmod", "755", "/run/frr")
    assert (target.status, target.error_code) == ("failed", "login_refused")
    assert "a shell in which vtysh does not start" in target.error_text


def test_router_without_power_fails_in_words_and_within_its_timeout(
    lab: RunningLab, lab_devices: dict[str, Device], operator: User
) -> None:
    device = lab_devices["r3"]
    with lab.without_power("r3"):
        for kind in ("config_backup", "reachability"):
            job = start_job(
                actor=operator, customer=device.customer, kind=kind, devices=[device.pk], params={"timeout_s": 1}
            )
            assert run_all(job).status == JobStatus.FAILED
            target = job.targets.get()
            assert (target.status, target.error_code) == ("failed", "unreachable")
            assert target.error_text.startswith(f"no TCP connection to {device.mgmt_ip}:22")
            assert target.finished_at and target.started_at
            # each of its tries, and the waits between them
            assert (target.finished_at - target.started_at).total_seconds() < 2 * 1 + 2 + 1
    check = ReachabilityCheck.objects.get(device=device)
    assert (check.state, check.tcp_sent, check.tcp_loss, check.reason) == ("unreachable", 3, 100, target.error_text)
    assert check.icmp_loss in {None, 100}  # None where the tests may send no ICMP


def test_reachability_of_all_routers(lab_devices: dict[str, Device], operator: User) -> None:
    customer = lab_devices["r1"].customer
    job = start_job(
        actor=operator, customer=customer, kind="reachability", devices=[row.pk for row in lab_devices.values()]
    )
    assert run_all(job).status == JobStatus.SUCCEEDED
    for device in Device.objects.filter(customer=customer):
        assert device.reachability == "reachable"
        assert device.latency_ms is not None and 0 < device.latency_ms < 1000
        check = ReachabilityCheck.objects.get(device=device)
        assert (check.state, check.tcp_loss, check.job) == ("reachable", 0, job)
        assert check.icmp_loss in {None, 0}


@pytest.mark.parametrize(
    ("kind", "daemon", "client"),
    [
        ("config_backup", "bgpd", "vtysh"),
        ("run_commands", "zebra", "vtysh"),
        ("refresh_facts", "zebra", "vtysh"),
        ("topology_discovery", "lldpd", "lldpcli"),
    ],
)
def test_power_goes_in_the_middle(lab: RunningLab, spec: Spec, kind: str, daemon: str, client: str) -> None:
    def is_asked() -> bool:
        return bool(lab.do("exec", "r3", "sh", "-c", f"pgrep -x {client} || true"))

    params = {"commands": ["show ip route"], "timeout_s": 5, "command_timeout_s": 5} if kind == "run_commands" else {}
    # A daemon that stands still keeps its client waiting, so that the plug is pulled while an answer is due.
    lab.do("exec", "r3", "pkill", "-STOP", "-x", daemon)
    ends = []
    try:
        for event in engine.stream([spec("r3")], kind, params, threads=1, timeout_s=5):
            if isinstance(event, HostStarted):
                assert settled(is_asked)
                lab.do("power", "off", "r3")
            elif isinstance(event, HostDone):
                ends.append(event)
    finally:
        lab.do("power", "off", "r3")
        lab.do("power", "on", "r3")
        lab.do("settle")
    [end] = ends
    assert end.error and end.error.code == "timeout"
    assert end.duration_s < 6


def test_daemon_that_stands_still_is_a_timeout_and_not_a_short_configuration(
    lab: RunningLab, lab_devices: dict[str, Device], operator: User
) -> None:
    lab.do("exec", "r2", "pkill", "-STOP", "-x", "staticd")
    try:
        target = back_up(operator, lab_devices["r2"], timeout_s=2).targets.get()
    finally:
        lab.do("exec", "r2", "pkill", "-CONT", "-x", "staticd")
    assert (target.status, target.error_code) == ("failed", "timeout")
    assert ConfigSnapshot.objects.get().status == "failed"
