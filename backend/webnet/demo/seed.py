"""Writes the demo's users, customers, sites and devices; what is there already stays as it is."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from core.services import audit
from customers.models import Customer, CustomerIPRange
from devices.models import Credential, Device, Site
from jobs.schedules import add_nightly_backup
from users.enums import Role
from users.models import User
from webnet.demo import plan


@transaction.atomic
def seed(folder: Path, password: str, port: int) -> None:
    """Everything in one transaction: a demo is whole or not there."""
    customers = {
        slug: Customer.objects.get_or_create(slug=slug, defaults={"name": name})[0]
        for slug, name in plan.CUSTOMERS.items()
    }
    _users(customers, password)
    sites = {site.code: _site(customers[site.customer], site) for site in plan.SITES}
    credentials = {slug: _credential(customer, folder) for slug, customer in customers.items()}
    Device.objects.filter(customer__in=customers.values(), mgmt_ip__startswith="127.40.").update(port=port)
    for slug, customer in customers.items():
        if not customer.devices.exists():
            # all the demo's customers are managed over loopback addresses
            CustomerIPRange.objects.get_or_create(customer=customer, cidr="127.0.0.0/8", may_overlap=True)
            rows = [row for row in plan.devices() if row["site"].customer == slug]
            Device.objects.bulk_create(
                Device(
                    customer=customer,
                    site=sites[row["site"].code],
                    credential=credentials[slug],
                    hostname=row["hostname"],
                    mgmt_ip=row["address"],
                    port=port,
                    platform=row["platform"],
                    role=row["role"],
                    # this one was replaced behind our back: the key we know is not the one it shows
                    host_key=_some_key() if row["fault"] == "changed_host_key" else "",
                )
                for row in rows
            )
            add_nightly_backup(actor=None, customer=customer)
            audit("demo.seed", customer, actor=None, customer=customer, after={"devices": len(rows)})


def _users(customers: dict[str, Customer], password: str) -> None:
    first, second = customers["aurora"], customers["baltic"]
    cast: tuple[tuple[str, Role, list[Customer], bool], ...] = (
        ("viewer", Role.VIEWER, [first], False),
        ("operator", Role.OPERATOR, [first], False),
        ("admin", Role.ADMIN, [first], False),
        ("operator2", Role.OPERATOR, [second], False),
        ("superadmin", Role.ADMIN, [], True),
    )
    kept = User.objects.filter(username=cast[0][0]).values_list("password", flat=True).first()
    # one for all, as the password is: each takes a good part of a second to make, or to check
    encoded = kept if kept and check_password(password, kept) else make_password(password)
    for username, role, mine, everything in cast:
        user, _ = User.objects.get_or_create(
            username=username,
            defaults={"role": role, "all_customers": everything, "is_staff": everything, "is_superuser": everything},
        )
        user.customers.add(*mine)
        if user.password != encoded:
            user.password = encoded
            user.save(update_fields=["password"])


def _site(customer: Customer, site: plan.DemoSite) -> Site:
    where = {"region": site.region, "latitude": site.latitude, "longitude": site.longitude}
    return Site.objects.get_or_create(customer=customer, name=site.name, defaults=where)[0]


def _credential(customer: Customer, folder: Path) -> Credential:
    secret = {
        "username": plan.USERNAME,
        "password": plan.keep_secret(folder, "device_password"),
        "enable_secret": plan.keep_secret(folder, "device_enable"),
    }
    return Credential.objects.get_or_create(customer=customer, name="Network operations", defaults=secret)[0]


def _some_key() -> str:
    key = Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
