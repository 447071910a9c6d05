"""`bin/lab inventory | webnet lab-devices`: the routers of a lab become devices of a customer of their own."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.db import transaction

from customers.models import Customer
from customers.services import create_customer, create_range
from devices.enums import DeviceRole
from devices.models import Credential, Device
from devices.selectors import credentials_for, devices_for, sites_for
from devices.services import (
    create_credential,
    create_devices,
    create_site,
    forget_host_key,
    update_credential,
    update_devices,
)
from users.models import User
from users.permissions import Permission, may
from users.selectors import customers_for

PLACE = "Lab"


def run(text: str) -> int:
    """As the first admin of all customers; what is there is brought up to date. Returns the exit code."""
    try:
        lab = json.loads(text)
    except ValueError:
        sys.stderr.write("webnet: no inventory of a lab on standard input\n")
        return 2
    admins = User.objects.filter(is_active=True, all_customers=True).order_by("pk")
    actor = next((user for user in admins if may(user, Permission.MANAGE_SYSTEM)), None)
    if actor is None:
        sys.stderr.write("webnet: there is no administrator of all customers: `webnet createadmin NAME` makes one\n")
        return 2
    with transaction.atomic():
        customer = _customer(actor, lab)
        new, known = _devices(actor, customer, lab)
    sys.stdout.write(f"{customer.name}: {new} routers are new devices, {known} were known\n")
    return 0


def _customer(actor: User, lab: dict[str, Any]) -> Customer:
    name = PLACE if lab["name"] == "default" else f"{PLACE} {lab['name']}"
    customer = customers_for(actor).filter(name=name).first() or create_customer(actor=actor, name=name)
    # Labs that are up one after the other have the same addresses.
    if not customer.owns_address(lab["gateway"]) or not customer.ip_ranges.exists():
        create_range(actor=actor, customer=customer, cidr=lab["network"], may_overlap=True)
    return customer


def _credential(actor: User, customer: Customer, lab: dict[str, Any]) -> Credential:
    login = {"username": lab["username"], "password": lab["password"]}
    found = credentials_for(actor).filter(customer=customer, name=PLACE).first()
    if found is None:
        return create_credential(actor=actor, customer=customer, name=PLACE, **login)
    if found.password != lab["password"]:
        return update_credential(actor=actor, credential=found, **login)
    return found


def _devices(actor: User, customer: Customer, lab: dict[str, Any]) -> tuple[int, int]:
    """How many are new, and how many were known. Those that the lab has no longer are disabled."""
    site = sites_for(actor).filter(customer=customer, name=PLACE).first()
    site = site or create_site(actor=actor, customer=customer, name=PLACE)
    fixed = {"site": site, "credential": _credential(actor, customer, lab), "role": DeviceRole.CORE, "port": 22}
    routers = {
        row["hostname"]: {"mgmt_ip": row["address"], "platform": row["platform"], "enabled": True, **fixed}
        for row in lab["routers"]
    }
    known: dict[str, Device] = {device.hostname: device for device in devices_for(actor).filter(customer=customer)}
    update_devices(
        actor=actor, changes=[(device, routers.get(name, {"enabled": False})) for name, device in known.items()]
    )
    new = [{"customer": customer, "hostname": name, **row} for name, row in routers.items() if name not in known]
    create_devices(actor=actor, rows=new)
    keys = {row["hostname"]: row["host_key"] for row in lab["routers"]}
    for name, device in known.items():
        # A lab that was taken down and up again has new routers under the old names.
        if device.host_key and name in keys and device.host_key.split()[:2] != keys[name].split()[:2]:
            forget_host_key(actor=actor, device=device)
    return len(new), len(routers.keys() & known.keys())
