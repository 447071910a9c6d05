"""`webnet lab-devices`: routers of a lab as devices, however often it is said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from customers.models import Customer
from devices.models import Credential, Device
from users.models import User
from webnet.lab_devices import run


def inventory(*hostnames: str, **changes: Any) -> str:
    routers = [
        {"hostname": name, "address": f"198.18.0.{number}", "platform": "frr", "host_key": f"ssh-ed25519 {name}"}
        for number, name in enumerate(hostnames, 2)
    ]
    lab = {"name": "default", "username": "netops", "password": "p1", "network": "198.18.0.0/22"}
    return json.dumps(lab | {"gateway": "198.18.0.1", "routers": routers} | changes)


def devices() -> list[tuple[str, str, bool]]:
    return list(Device.objects.order_by("hostname").values_list("hostname", "mgmt_ip", "enabled"))


@pytest.mark.usefixtures("superadmin")
def test_routers_become_devices_of_a_customer_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(inventory("r1", "r2")) == 0
    assert capsys.readouterr().out == "Lab: 2 routers are new devices, 0 were known\n"
    assert devices() == [("r1", "198.18.0.2", True), ("r2", "198.18.0.3", True)]
    device = Device.objects.select_related("customer", "credential").get(hostname="r1")
    assert (device.customer.name, device.platform, device.port, device.host_key) == ("Lab", "frr", 22, "")
    assert device.credential and (device.credential.username, device.credential.password) == ("netops", "p1")
    assert [row.cidr for row in device.customer.ip_ranges.all()] == ["198.18.0.0/22"]


@pytest.mark.usefixtures("superadmin")
def test_another_lab_under_the_old_names_brings_them_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    run(inventory("r1", "r2", "r3"))
    Device.objects.filter(hostname="r1").update(host_key="ssh-ed25519 r1")
    Device.objects.filter(hostname="r2").update(host_key="ssh-ed25519 of-the-old-lab")
    assert run(inventory("r1", "r2", password="p2", network="198.18.4.0/22", gateway="198.18.4.1")) == 0
    assert capsys.readouterr().out.endswith("Lab: 0 routers are new devices, 2 were known\n")
    assert [enabled for _, _, enabled in devices()] == [True, True, False]
    assert list(Device.objects.order_by("hostname").values_list("host_key", flat=True)) == ["ssh-ed25519 r1", "", ""]
    assert Credential.objects.get().password == "p2"
    assert Customer.objects.get().ip_ranges.count() == 2


@pytest.mark.usefixtures("superadmin")
def test_second_lab_is_another_customer() -> None:
    run(inventory("r1"))
    run(inventory("r1", name="two"))
    assert sorted(Customer.objects.values_list("name", flat=True)) == ["Lab", "Lab two"]


def test_without_an_administrator_it_says_what_to_do(operator: User, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(inventory("r1")) == 2
    assert "webnet createadmin NAME" in capsys.readouterr().err
    assert not Device.objects.exists()


@pytest.mark.django_db
def test_no_inventory_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("") == 2
    assert "no inventory of a lab" in capsys.readouterr().err
