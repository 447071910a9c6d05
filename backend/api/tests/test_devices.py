"""Devices and tags through the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from api.devices.views import DeviceListFilter
from api.tests.conftest import As
from conftest import MakeDevice
from core.models import AuditEvent
from customers.models import Customer, CustomerIPRange
from devices.filters import DeviceFilter
from devices.models import Credential, Device, Site, Tag
from users.models import User

DEVICES = "/api/v1/devices/"
BULK = f"{DEVICES}bulk/"


@pytest.fixture
def client(as_: As, operator: User) -> APIClient:
    return as_(operator)


@pytest.fixture
def site(acme: Customer) -> Site:
    return Site.objects.create(customer=acme, name="Frankfurt")


@pytest.fixture
def login(acme: Customer) -> Credential:
    return Credential.objects.create(customer=acme, name="lab", username="netops", password="s3cret")


@pytest.fixture
def body(site: Site, login: Credential) -> dict[str, Any]:
    return {
        "customer": site.customer_id, "hostname": "r1", "mgmt_ip": "10.1.0.1", "platform": "ios", "site": site.pk,
        "credential": login.pk, "tags": ["edge", "de"], "role": "edge",
    }  # fmt: skip


def errors(answer: Any) -> list[tuple[str, str]]:
    return [(error["field"], error["detail"]) for error in answer.json()["errors"]]


def test_create(client: APIClient, body: dict[str, Any], operator: User) -> None:
    answer = client.post(DEVICES, body)
    assert answer.status_code == 201, answer.content
    row = answer.json()
    assert (row["hostname"], row["port"], row["vendor"], row["role"]) == ("r1", 22, "Cisco", "edge")
    assert row["site"] == {"id": body["site"], "name": "Frankfurt"}
    assert (row["credential"], sorted(row["tags"]), row["enabled"]) == (body["credential"], ["de", "edge"], True)
    assert row["host_key_fingerprint"] == ""
    assert client.get(answer["Location"])["ETag"] == answer["ETag"]
    event = AuditEvent.objects.get(action="device.create")
    assert (event.actor, event.object_id, event.after["tags"]) == (operator, row["id"], ["edge", "de"])
    assert set(AuditEvent.objects.filter(action="tag.create").values_list("object_label", flat=True)) == {"edge", "de"}


def test_the_port_is_the_platforms_where_none_is_given(client: APIClient, body: dict[str, Any]) -> None:
    from networkops.platforms import PLATFORMS

    junos = PLATFORMS["junos"]
    assert client.post(DEVICES, body | {"platform": "junos"}).json()["port"] == junos.port


def test_addresses_have_one_form(client: APIClient, body: dict[str, Any]) -> None:
    row = client.post(DEVICES, body | {"mgmt_ip": "2001:DB8:0::1"}).json()
    assert row["mgmt_ip"] == "2001:db8::1"
    again = client.post(DEVICES, body | {"mgmt_ip": "2001:db8:0:0::1", "hostname": "r2"})
    assert errors(again) == [("mgmt_ip", "The customer has a device at this address and port.")]
    url = f"{DEVICES}{row['id']}/"
    before = AuditEvent.objects.count()
    assert client.patch(url, {"mgmt_ip": "2001:DB8::1"}).status_code == 200
    assert AuditEvent.objects.count() == before


BAD: list[tuple[dict[str, Any], str]] = [
    ({"hostname": "a b"}, "hostname"), ({"hostname": ""}, "hostname"), ({"hostname": "-a"}, "hostname"),
    ({"hostname": "x" * 254}, "hostname"), ({"hostname": "a\x00"}, "hostname"), ({"hostname": 7}, "hostname"),
    ({"mgmt_ip": "10.0.0.256"}, "mgmt_ip"), ({"mgmt_ip": "fe80::1%eth0"}, "mgmt_ip"), ({"mgmt_ip": 1}, "mgmt_ip"),
    ({"mgmt_ip": "10.0.0.1/24"}, "mgmt_ip"), ({"mgmt_ip": "r1.example"}, "mgmt_ip"), ({"mgmt_ip": ""}, "mgmt_ip"),
    ({"port": 0}, "port"), ({"port": 65536}, "port"), ({"port": "22"}, "port"), ({"port": 2.5}, "port"),
    ({"port": None}, "port"), ({"port": True}, "port"), ({"port": 10**30}, "port"),
    ({"platform": "nope"}, "platform"), ({"platform": ["ios"]}, "platform"), ({"platform": None}, "platform"),
    ({"role": "boss"}, "role"), ({"site": 999_999}, "site"), ({"site": None}, "site"), ({"site": "1"}, "site"),
    ({"credential": 999_999}, "credential"), ({"credential": {}}, "credential"),
    ({"tags": "a"}, "tags"), ({"tags": [""]}, "tags"), ({"tags": ["x" * 51]}, "tags"), ({"tags": [1]}, "tags"),
    ({"tags": [str(n) for n in range(51)]}, "tags"), ({"tags": ["a\n"]}, "tags"), ({"tags": [["a"]]}, "tags"),
    ({"enabled": "true"}, "enabled"), ({"enabled": 1}, "enabled"), ({"enabled": None}, "enabled"),
    ({"legacy_ssh": "no"}, "legacy_ssh"), ({"host_key": "ssh-ed25519 AAAA"}, "host_key"), ({"vendor": "x"}, "vendor"),
    ({"connection_options": {}}, "connection_options"), ({"reachability": "reachable"}, "reachability"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "field"), BAD)
@pytest.mark.parametrize("many", [False, True])
def test_a_bad_value_is_named(
    client: APIClient, body: dict[str, Any], change: dict[str, Any], field: str, many: bool
) -> None:
    answer = client.post(BULK, [body | change]) if many else client.post(DEVICES, body | change)
    assert answer.status_code == 400, answer.content
    assert {name for name, _ in errors(answer)} == {field}
    assert not Device.objects.exists() and not Tag.objects.exists() and not AuditEvent.objects.exists()


def test_what_is_missing_is_named(client: APIClient, body: dict[str, Any]) -> None:
    missing = {name for name, _ in errors(client.post(DEVICES, {}))}
    assert missing == {"customer", "hostname", "mgmt_ip", "platform", "site"}


@pytest.mark.parametrize("name", ["customer", "site", "credential"])
def test_a_foreign_id_is_one_that_does_not_exist(
    client: APIClient, body: dict[str, Any], foreign_device: Device, name: str
) -> None:
    foreign = getattr(foreign_device, f"{name}_id")
    answers = [client.post(DEVICES, body | {name: pk}) for pk in (foreign, 999_999)]
    assert errors(answers[0]) == errors(answers[1]) == [(name, f"There is no such {name}.")]


@pytest.mark.parametrize("name", ["site", "credential"])
def test_rows_of_two_customers_are_not_joined(
    client: APIClient, body: dict[str, Any], foreign_device: Device, operator: User, name: str, globex: Customer
) -> None:
    operator.customers.add(globex)
    foreign = getattr(foreign_device, f"{name}_id")
    words = [(name, f"This {name} is of another customer.")]
    assert errors(client.post(DEVICES, body | {name: foreign})) == words
    pk = client.post(DEVICES, body).json()["id"]
    assert errors(client.patch(f"{DEVICES}{pk}/", {name: foreign})) == words
    assert errors(client.patch(BULK, [{"id": pk, name: foreign}])) == words
    assert errors(client.patch(f"{DEVICES}{pk}/", {"customer": globex.pk})) == [
        ("customer", "This stays as it was made.")
    ]


def test_the_customers_ranges_hold(client: APIClient, body: dict[str, Any], acme: Customer) -> None:
    CustomerIPRange.objects.create(customer=acme, cidr="10.1.0.0/24")
    words = [("mgmt_ip", "Outside the customer's address ranges.")]
    assert errors(client.post(DEVICES, body | {"mgmt_ip": "10.2.0.1"})) == words
    pk = client.post(DEVICES, body).json()["id"]
    assert errors(client.patch(f"{DEVICES}{pk}/", {"mgmt_ip": "::1"})) == words
    assert client.patch(f"{DEVICES}{pk}/", {"mgmt_ip": "10.1.0.200"}).status_code == 200


def test_names_and_addresses_are_taken_once(client: APIClient, body: dict[str, Any]) -> None:
    client.post(DEVICES, body)
    assert {name for name, _ in errors(client.post(DEVICES, body))} == {"hostname", "mgmt_ip"}
    other = client.post(DEVICES, body | {"hostname": "r2", "port": 2222})
    assert other.status_code == 201
    url = f"{DEVICES}{other.json()['id']}/"
    assert errors(client.patch(url, {"hostname": "r1"})) == [("hostname", "The customer has a device of this name.")]
    assert errors(client.patch(url, {"port": 22})) == [
        ("mgmt_ip", "The customer has a device at this address and port.")
    ]
    assert client.patch(url, {"hostname": "r2", "port": 2222}).status_code == 200


def test_change(client: APIClient, body: dict[str, Any]) -> None:
    made = client.post(DEVICES, body)
    url = f"{DEVICES}{made.json()['id']}/"
    changed = client.patch(
        url, {"tags": ["de", "new"], "credential": None, "legacy_ssh": True, "role": "edge"}, HTTP_IF_MATCH=made["ETag"]
    )
    assert changed.status_code == 200, changed.content
    row = changed.json()
    assert (sorted(row["tags"]), row["credential"], row["legacy_ssh"]) == (["de", "new"], None, True)
    event = AuditEvent.objects.get(action="device.change")
    assert event.before == {"tags": ["de", "edge"], "credential": body["credential"], "legacy_ssh": False}
    assert event.after == {"tags": ["de", "new"], "credential": None, "legacy_ssh": True}
    assert row["updated_at"] > made.json()["updated_at"]
    assert client.patch(url, {"legacy_ssh": False}).json()["legacy_ssh"] is False
    assert client.patch(url, {"tags": []}).json()["tags"] == []
    assert client.patch(url, {"role": "core"}, HTTP_IF_MATCH=made["ETag"]).status_code == 412


def test_what_a_job_learns_is_no_lost_update(client: APIClient, body: dict[str, Any]) -> None:
    made = client.post(DEVICES, body)
    url = f"{DEVICES}{made.json()['id']}/"
    Device.objects.update(reachability="reachable", latency_ms=3, serial="X1")
    assert client.get(url, HTTP_IF_NONE_MATCH=made["ETag"]).status_code == 200
    assert client.patch(url, {"role": "core"}, HTTP_IF_MATCH=made["ETag"]).status_code == 200


def test_delete_takes_its_history_along(client: APIClient, device: Device, make_snapshot: Any) -> None:
    make_snapshot(device, "hostname r1\nend\n")
    assert client.delete(f"{DEVICES}{device.pk}/").status_code == 204
    event = AuditEvent.objects.get(action="device.delete")
    assert (event.object_id, event.before) == (device.pk, {"hostname": "acme-r1"})
    assert not Device.objects.exists()


def test_switch_off_and_on(client: APIClient, device: Device) -> None:
    for action, wanted in (("disable", False), ("disable", False), ("enable", True)):
        answer = client.post(f"{DEVICES}{device.pk}/{action}/")
        assert (answer.status_code, answer.json()["enabled"]) == (200, wanted)
    assert AuditEvent.objects.filter(action="device.change").count() == 2


def test_another_host_key_is_accepted(client: APIClient, device: Device) -> None:
    url = f"{DEVICES}{device.pk}/host-key/"
    assert client.delete(url).status_code == 409
    Device.objects.update(host_key="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5p")
    assert client.get(f"{DEVICES}{device.pk}/").json()["host_key_fingerprint"].startswith("SHA256:")
    assert client.delete(url).status_code == 204
    assert Device.objects.get().host_key == ""
    assert AuditEvent.objects.get().before["host_key"].startswith("SHA256:")


def test_jobs_and_snapshots_of_a_device(
    client: APIClient, operator: User, acme: Customer, make_device: Any, make_job: Any, make_snapshot: Any
) -> None:
    one, two = make_device(acme, "r1"), make_device(acme, "r2")
    job, _ = make_job(operator, [one, two]), make_job(operator, [two])
    snapshot = make_snapshot(one, "hostname r1\nend\n")
    jobs = client.get(f"{DEVICES}{one.pk}/jobs/?ordering=id").json()["results"]
    assert [row["id"] for row in jobs] == [job.pk, snapshot.target.job_id]
    snapshots = client.get(f"{DEVICES}{one.pk}/snapshots/").json()["results"]
    assert [row["id"] for row in snapshots] == [snapshot.pk]
    assert client.get(f"{DEVICES}{two.pk}/snapshots/").json()["results"] == []
    assert client.get(f"{DEVICES}{one.pk}/jobs/?status=succeeded").json()["count"] == 0


@pytest.mark.parametrize(
    ("query", "found"),
    [("hostname=r1", 1), ("mgmt_ip=10.1.0.1", 1), ("serial=x", 0), ("vendor=Cisco", 1), ("vendor=Arista", 0)],
)
def test_filters(client: APIClient, body: dict[str, Any], query: str, found: int) -> None:
    client.post(DEVICES, body)
    assert client.get(f"{DEVICES}?{query}").json()["count"] == found


@pytest.mark.parametrize("query", ["mgmt_ip=x", "vendor=x", "credential=x"])
def test_filters_that_mean_nothing(client: APIClient, operator: User, query: str) -> None:
    assert [name for name, _ in errors(client.get(f"{DEVICES}?{query}"))] == [query.split("=")[0]]


# ---- many


def many(body: dict[str, Any], count: int) -> list[dict[str, Any]]:
    return [body | {"hostname": f"r{n}", "mgmt_ip": f"10.1.{n // 250}.{n % 250 + 1}"} for n in range(count)]


def test_many_are_made_in_as_many_queries_as_a_few(client: APIClient, body: dict[str, Any]) -> None:
    counts = []
    for rows in (many(body, 2), many(body, 102)[2:]):
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(BULK, rows)
        assert answer.status_code == 201, answer.content
        counts.append(len(queries))
    # the first made the tags
    assert counts[1] <= counts[0]
    assert AuditEvent.objects.filter(action="device.create").count() == Device.objects.count() == 102
    assert Device.tags.through.objects.count() == 204


def test_many_name_what_is_wrong_with_each(client: APIClient, body: dict[str, Any], acme: Customer) -> None:
    CustomerIPRange.objects.create(customer=acme, cidr="10.1.0.0/24")
    client.post(DEVICES, body)
    rows = many(body, 5)
    rows[1]["mgmt_ip"] = "10.1.0.1"  # is there
    rows[2]["mgmt_ip"] = "10.2.0.1"  # out of range
    rows[3]["hostname"] = "r0"  # twice in the list
    rows[4]["platform"] = "nope"
    answer = client.post(f"{BULK}?mode=best-effort", rows)
    told = {row["index"]: {error["field"] for error in row.get("errors", [])} for row in answer.json()["rows"]}
    assert answer.status_code == 207
    assert told == {0: {"mgmt_ip"}, 1: {"hostname", "mgmt_ip"}, 2: {"mgmt_ip"}, 3: {"hostname"}, 4: {"platform"}}


def test_many_are_changed(client: APIClient, body: dict[str, Any], site: Site) -> None:
    ids = [row["id"] for row in client.post(BULK, many(body, 3)).json()["rows"]]
    other = Site.objects.create(customer=site.customer, name="Berlin")
    answer = client.patch(
        BULK, [{"id": ids[0], "site": other.pk}, {"id": ids[2], "enabled": False, "tags": ["x"]}, {"id": ids[1]}]
    )
    assert [row["id"] for row in answer.json()["rows"]] == [ids[0], ids[2], ids[1]]
    one, two, three = (Device.objects.get(pk=pk) for pk in ids)
    assert (one.site, two.site, three.enabled, two.enabled) == (other, site, False, True)
    assert [tag.name for tag in three.tags.all()] == ["x"]
    assert AuditEvent.objects.filter(action="device.change").count() == 2
    swapped = client.patch(BULK, [{"id": ids[0], "hostname": "r1"}, {"id": ids[1], "hostname": "new"}])
    assert errors(swapped) == [("hostname", "The customer has a device of this name.")]


def test_many_are_removed(client: APIClient, body: dict[str, Any], foreign_device: Device) -> None:
    ids = [row["id"] for row in client.post(BULK, many(body, 3)).json()["rows"]]
    refused = client.post(f"{BULK}delete/", [{"id": ids[0]}, {"id": foreign_device.pk}])
    assert refused.status_code == 404
    answer = client.post(f"{BULK}delete/", [{"id": pk} for pk in ids[:2]])
    assert answer.json()["succeeded"] == 2
    assert set(Device.objects.values_list("pk", flat=True)) == {ids[2], foreign_device.pk}
    assert AuditEvent.objects.filter(action="device.delete").count() == 2


def test_sparse_fields_read_less(client: APIClient, body: dict[str, Any]) -> None:
    client.post(DEVICES, body)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(f"{DEVICES}?fields=id,hostname")
    assert answer.json()["results"] == [{"id": Device.objects.get().pk, "hostname": "r1"}]
    assert not [query for query in queries if "devices_site" in query["sql"] or "devices_tag" in query["sql"]]


@pytest.mark.parametrize("ordering", ["mgmt_ip", "-mgmt_ip", "backed_up_at", "-backed_up_at", "site", "-created_at"])
def test_cursor_walks_every_order(client: APIClient, body: dict[str, Any], ordering: str, make_snapshot: Any) -> None:
    client.post(BULK, many(body, 7))
    for device in Device.objects.filter(hostname__in=["r1", "r4"]):
        make_snapshot(device, "hostname x\nend\n")
    whole = [row["id"] for row in client.get(f"{DEVICES}?ordering={ordering}").json()["results"]]
    found: list[int] = []
    url = f"{DEVICES}?ordering={ordering}&pagination=cursor&page_size=2"
    while url:
        page = client.get(url).json()
        found += [row["id"] for row in page["results"]]
        url = page["next"]
    assert found == whole


# ---- tags


def test_a_tag_is_renamed_and_taken_off(client: APIClient, body: dict[str, Any]) -> None:
    device = client.post(DEVICES, body).json()["id"]
    tag = Tag.objects.get(name="edge")
    assert client.patch(f"/api/v1/tags/{tag.pk}/", {"name": "border"}).status_code == 200
    assert sorted(client.get(f"{DEVICES}{device}/").json()["tags"]) == ["border", "de"]
    assert client.delete(f"/api/v1/tags/{tag.pk}/").status_code == 204
    assert client.get(f"{DEVICES}{device}/").json()["tags"] == ["de"]


def test_how_many_were_found_is_known_where_no_filter_came_after(
    operator: User, make_device: MakeDevice, acme: Customer, rf: RequestFactory
) -> None:
    for name in ("core-1", "core-2"):
        make_device(acme, name)
    request = rf.get(DEVICES)
    request.user = operator
    for kind, given, known in (
        (DeviceFilter, {"q": "core"}, 2),
        (DeviceFilter, {"role": "other", "q": "e-2"}, 1),
        (DeviceFilter, {"role": "other"}, None),
        (DeviceListFilter, {"q": "core", "hostname": "core-1"}, None),
    ):
        assert kind(given, queryset=Device.objects.all(), request=request).named == known, given
