"""The conventions that every resource keeps, tried on sites."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from api.tests.conftest import As
from core.models import AuditEvent
from customers.models import Customer
from devices.models import Device, Site
from users.models import User

SITES = "/api/v1/sites/"
BULK = "/api/v1/sites/bulk/"


@pytest.fixture
def client(as_: As, operator: User) -> APIClient:
    return as_(operator)


@pytest.fixture
def site(acme: Customer) -> Site:
    return Site.objects.create(customer=acme, name="Frankfurt", region="DE")


def wrong(answer: Any) -> set[str]:
    """Names of the fields that a problem document complains of."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    return {error["field"] for error in answer.json()["errors"]}


def test_create_answers_the_row_with_its_address_and_tag(client: APIClient, acme: Customer, operator: User) -> None:
    answer = client.post(SITES, {"customer": acme.pk, "name": " Köln ", "latitude": 50.94, "longitude": "6.96"})
    assert answer.status_code == 201, answer.content
    row = Site.objects.get()
    assert answer.json() == {
        "id": row.pk, "customer": acme.pk, "name": "Köln", "region": "", "latitude": "50.94000", "longitude": "6.96000",
    }  # fmt: skip
    assert answer["Location"].endswith(f"/api/v1/sites/{row.pk}/")
    again = client.get(answer["Location"])
    assert (again.json(), again["ETag"]) == (answer.json(), answer["ETag"])
    event = AuditEvent.objects.get()
    assert (event.action, event.actor, event.customer, event.object_id) == ("site.create", operator, acme, row.pk)
    assert event.after["name"] == "Köln"


def test_change_writes_and_audits_what_changed_alone(client: APIClient, site: Site) -> None:
    answer = client.patch(f"{SITES}{site.pk}/", {"name": "Frankfurt", "region": "Hessen"})
    assert answer.status_code == 200, answer.content
    assert answer.json()["region"] == "Hessen"
    event = AuditEvent.objects.get()
    assert (event.action, event.before, event.after) == ("site.change", {"region": "DE"}, {"region": "Hessen"})
    client.patch(f"{SITES}{site.pk}/", {"region": "Hessen"})
    assert AuditEvent.objects.count() == 1


def test_delete(client: APIClient, site: Site) -> None:
    assert client.delete(f"{SITES}{site.pk}/").status_code == 204
    assert not Site.objects.exists()
    assert client.delete(f"{SITES}{site.pk}/").status_code == 404
    assert AuditEvent.objects.get().action == "site.delete"


def test_a_site_with_devices_stays(client: APIClient, device: Device) -> None:
    answer = client.delete(f"{SITES}{device.site_id}/")
    assert answer.status_code == 409
    assert answer.json()["detail"] == "It is still used by 1 device."
    assert not AuditEvent.objects.exists()


BAD: list[tuple[dict[str, Any], set[str]]] = [
    ({"name": None}, {"name"}), ({"name": ""}, {"name"}), ({"name": "x" * 101}, {"name"}), ({"name": 7}, {"name"}),
    ({"name": "a\x00b"}, {"name"}), ({"name": "a\nb"}, {"name"}), ({"name": ["a"]}, {"name"}),
    ({"customer": "1"}, {"customer"}), ({"customer": True}, {"customer"}), ({"customer": 10**30}, {"customer"}),
    ({"customer": None}, {"customer"}), ({"customer": 999_999}, {"customer"}), ({"customer": {}}, {"customer"}),
    ({"latitude": 91, "longitude": 0}, {"latitude"}), ({"latitude": True, "longitude": 0}, {"latitude"}),
    ({"latitude": 1e300, "longitude": 0}, {"latitude"}), ({"latitude": "x", "longitude": 0}, {"latitude"}),
    ({"latitude": "NaN", "longitude": 0}, {"latitude"}), ({"latitude": 1.0000001, "longitude": 0}, {"latitude"}),
    ({"latitude": 10**500, "longitude": 0}, {"latitude"}), ({"latitude": 1}, {"latitude", "longitude"}),
    ({"latitude": 1, "longitude": None}, {"latitude", "longitude"}), ({"latitude": "", "longitude": 0}, {"latitude"}),
    ({"surprise": 1}, {"surprise"}), ({"id": 3}, {"id"}), ({"a": 1, "b": 2}, {"a", "b"}),
]  # fmt: skip


@pytest.mark.parametrize(("change", "fields"), BAD)
def test_a_bad_value_is_named_and_nothing_written(
    client: APIClient, acme: Customer, change: dict[str, Any], fields: set[str]
) -> None:
    answer = client.post(SITES, {"customer": acme.pk, "name": "one"} | change)
    assert answer.status_code == 400, answer.content
    assert wrong(answer) == fields
    assert not Site.objects.exists() and not AuditEvent.objects.exists()


def test_what_is_missing_is_named(client: APIClient, operator: User) -> None:
    assert wrong(client.post(SITES, {})) == {"customer", "name"}


def test_a_name_is_taken_once(client: APIClient, site: Site, globex: Customer) -> None:
    answer = client.post(SITES, {"customer": site.customer_id, "name": site.name})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": "name", "detail": "The customer has a site of this name."}]


def test_a_foreign_customer_is_one_that_does_not_exist(client: APIClient, globex: Customer) -> None:
    foreign, nobodys = (client.post(SITES, {"customer": pk, "name": "x"}) for pk in (globex.pk, 999_999))
    assert foreign.json()["errors"] == nobodys.json()["errors"]
    assert foreign.json()["errors"] == [{"field": "customer", "detail": "There is no such customer."}]


def test_the_customer_stays(client: APIClient, site: Site, operator: User, globex: Customer) -> None:
    operator.customers.add(globex)
    assert wrong(client.patch(f"{SITES}{site.pk}/", {"customer": globex.pk})) == {"customer"}


def test_a_viewer_writes_nothing(as_: As, viewer: User, site: Site) -> None:
    client = as_(viewer)
    for answer in (
        client.post(SITES, {}), client.patch(f"{SITES}{site.pk}/", {}), client.delete(f"{SITES}{site.pk}/"),
        client.post(BULK, []), client.patch(BULK, []), client.post(f"{BULK}delete/", []),
    ):  # fmt: skip
        assert answer.status_code == 403
    assert client.get(f"{SITES}{site.pk}/").status_code == 200


@pytest.mark.parametrize("method", ["put", "post"])
def test_other_methods_are_405_and_say_which_there_are(client: APIClient, site: Site, method: str) -> None:
    answer = getattr(client, method)(f"{SITES}{site.pk}/", {})
    assert answer.status_code == 405
    assert {word.strip() for word in answer["Allow"].split(",")} >= {"GET", "PATCH", "DELETE"}


# ---- ETag


def test_a_lost_update_is_412(client: APIClient, site: Site) -> None:
    url = f"{SITES}{site.pk}/"
    read = client.get(url)["ETag"]
    first = client.patch(url, {"region": "a"}, HTTP_IF_MATCH=read)
    assert first.status_code == 200
    for answer in (client.patch(url, {"region": "b"}, HTTP_IF_MATCH=read), client.delete(url, HTTP_IF_MATCH=read)):
        assert answer.status_code == 412
        assert "changed since you read it" in answer.json()["detail"]
    assert client.patch(url, {"region": "b"}, HTTP_IF_MATCH=f'"x", {first["ETag"]}').status_code == 200
    assert client.patch(url, {"region": "c"}, HTTP_IF_MATCH="*").status_code == 200
    assert client.delete(url, HTTP_IF_MATCH=client.get(url)["ETag"]).status_code == 204


@pytest.mark.parametrize("given", ["", "x", '"x"', '""', "W/{tag}"])
def test_an_if_match_that_does_not_match_is_412(client: APIClient, site: Site, given: str) -> None:
    tag = client.get(f"{SITES}{site.pk}/")["ETag"]
    given = given.replace("{tag}", tag)
    assert client.patch(f"{SITES}{site.pk}/", {"region": "b"}, HTTP_IF_MATCH=given).status_code == 412


def test_if_none_match(client: APIClient, site: Site) -> None:
    url = f"{SITES}{site.pk}/"
    tag = client.get(url)["ETag"]
    for given in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        answer = client.get(url, HTTP_IF_NONE_MATCH=given)
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
    assert client.get(f"{url}?fields=name", HTTP_IF_NONE_MATCH=tag).status_code == 200
    Site.objects.update(region="elsewhere")
    assert client.get(url, HTTP_IF_NONE_MATCH=tag).status_code == 200


# ---- many at once


def test_many_are_made(client: APIClient, acme: Customer) -> None:
    answer = client.post(BULK, [{"customer": acme.pk, "name": f"s{n}"} for n in range(3)])
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert (body["succeeded"], body["failed"]) == (3, 0)
    ids = list(Site.objects.order_by("pk").values_list("pk", flat=True))
    assert body["rows"] == [{"index": n, "status": 201, "id": pk} for n, pk in enumerate(ids)]
    assert AuditEvent.objects.filter(action="site.create").count() == 3


def test_all_or_nothing(client: APIClient, acme: Customer) -> None:
    rows: list[Any] = [
        {"customer": acme.pk, "name": "a"}, {"customer": acme.pk, "name": 7}, "x", {"customer": 1, "nam": 1},
    ]  # fmt: skip
    answer = client.post(BULK, rows)
    assert answer.status_code == 400
    assert answer.json()["detail"] == "3 of 4 rows cannot be written as asked, so none was."
    assert {(error["index"], error["field"]) for error in answer.json()["errors"]} == {(1, "name"), (2, ""), (3, "nam")}
    assert not Site.objects.exists() and not AuditEvent.objects.exists()


def test_all_or_nothing_of_what_the_service_refuses(client: APIClient, site: Site) -> None:
    rows = [{"customer": site.customer_id, "name": name} for name in ("new", site.name)]
    answer = client.post(BULK, rows)
    assert answer.status_code == 400
    assert [error["index"] for error in answer.json()["errors"]] == [1]
    assert Site.objects.count() == 1 and not AuditEvent.objects.exists()


def test_best_effort(client: APIClient, site: Site) -> None:
    rows = [{"customer": site.customer_id, "name": name} for name in ("a", site.name, 7, "b", "a")]
    answer = client.post(f"{BULK}?mode=best-effort", rows)
    assert answer.status_code == 207, answer.content
    body = answer.json()
    assert (body["succeeded"], body["failed"]) == (2, 3)
    assert [row["status"] for row in body["rows"]] == [201, 400, 400, 201, 400]
    assert [row["index"] for row in body["rows"]] == [0, 1, 2, 3, 4]
    assert body["rows"][2]["errors"][0]["field"] == "name"
    assert set(Site.objects.values_list("name", flat=True)) == {"Frankfurt", "a", "b"}
    assert AuditEvent.objects.count() == 2


def test_many_are_changed(client: APIClient, acme: Customer, globex: Customer) -> None:
    one, two = (Site.objects.create(customer=acme, name=name) for name in "ab")
    foreign = Site.objects.create(customer=globex, name="c")
    changes = [{"id": one.pk, "region": "x"}, {"id": two.pk, "region": "y"}]
    assert client.patch(BULK, changes).json()["succeeded"] == 2
    assert list(Site.objects.order_by("pk").values_list("region", flat=True)) == ["x", "y", ""]
    for pk in (foreign.pk, 999_999):
        answer = client.patch(BULK, [*changes, {"id": pk, "region": "z"}])
        assert answer.status_code == 404
        assert [(error["index"], error["detail"]) for error in answer.json()["errors"]] == [
            (2, "There is no such row.")
        ]
    answer = client.patch(BULK, [{"region": "q"}, {"id": one.pk}, {"id": one.pk}, {"id": two.pk, "customer": acme.pk}])
    assert [(error["index"], error["field"]) for error in answer.json()["errors"]] == [
        (0, "id"), (2, "id"), (3, "customer"),
    ]  # fmt: skip


def test_many_are_removed(client: APIClient, acme: Customer, device: Device) -> None:
    one = Site.objects.create(customer=acme, name="empty")
    rows = [{"id": one.pk}, {"id": device.site_id}]
    answer = client.post(f"{BULK}delete/", rows)
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["index"] == 1
    assert Site.objects.count() == 2
    answer = client.post(f"{BULK}delete/?mode=best-effort", rows)
    assert [row["status"] for row in answer.json()["rows"]] == [200, 409]
    assert list(Site.objects.values_list("pk", flat=True)) == [device.site_id]


@pytest.mark.parametrize("body", [{}, [], "x", None, 7, [[]] * 10_001])
@pytest.mark.parametrize(("method", "url"), [("post", BULK), ("patch", BULK), ("post", f"{BULK}delete/")])
def test_a_body_that_is_no_list_of_rows_is_400(client: APIClient, body: Any, method: str, url: str) -> None:
    assert getattr(client, method)(url, body).status_code == 400


def test_a_mode_that_means_nothing_is_400(client: APIClient, acme: Customer) -> None:
    assert wrong(client.post(f"{BULK}?mode=some", [{"customer": acme.pk, "name": "a"}])) == {"mode"}
    assert wrong(client.post(f"{BULK}?more=1", [{"customer": acme.pk, "name": "a"}])) == {"more"}
    assert not Site.objects.exists()


def test_a_list_at_the_address_of_one_says_where_to_go(client: APIClient, acme: Customer) -> None:
    assert "bulk/" in client.post(SITES, [{"customer": acme.pk, "name": "a"}]).json()["errors"][0]["detail"]


# ---- parts of the answer


def test_sparse_fields(client: APIClient, site: Site) -> None:
    assert client.get(f"{SITES}?fields=id,name").json()["results"] == [{"id": site.pk, "name": "Frankfurt"}]
    assert client.get(f"{SITES}{site.pk}/?fields=name").json() == {"name": "Frankfurt"}
    for url in (SITES, f"{SITES}{site.pk}/"):
        for names in ("id,password", "", "id,,name", "customer__name"):
            assert wrong(client.get(f"{url}?fields={names}")) == {"fields"}


def test_search(client: APIClient, site: Site, acme: Customer) -> None:
    Site.objects.create(customer=acme, name="Berlin")
    assert [row["name"] for row in client.get(f"{SITES}?search=frank de").json()["results"]] == ["Frankfurt"]
    assert client.get(f"{SITES}?search=%25").json()["count"] == 0


# ---- cursor


@pytest.fixture
def many(acme: Customer) -> list[Site]:
    """Sites with equal and with missing values, so that an order has ties and gaps."""
    rows = [
        Site(customer=acme, name=f"s{n:02}", region="abc"[n % 3], **dict.fromkeys(("latitude", "longitude"), at))
        for n, at in enumerate([None, 1, 2, None, 2, 1, None])
    ]
    return Site.objects.bulk_create(rows)


def pages(client: APIClient, url: str, way: str = "next") -> list[list[str]]:
    found = []
    while url:
        body = client.get(url).json()
        found.append([row["name"] for row in body["results"]])
        url = body[way]
    return found


@pytest.mark.parametrize("ordering", ["name", "-name", "region", "-region,name", "id", "-id", "customer,-region"])
def test_cursor_walks_every_order_both_ways(client: APIClient, many: list[Site], ordering: str) -> None:
    whole = [row["name"] for row in client.get(f"{SITES}?ordering={ordering}").json()["results"]]
    url = f"{SITES}?ordering={ordering}&pagination=cursor&page_size=2"
    forward = pages(client, url)
    assert [name for page in forward for name in page] == whole
    assert [len(page) for page in forward] == [2, 2, 2, 1]
    last = url
    while (following := client.get(last).json()["next"]) is not None:
        last = following
    assert [name for page in reversed(pages(client, last, "previous")) for name in page] == whole


def test_cursor_is_stable_under_inserts(client: APIClient, many: list[Site], acme: Customer) -> None:
    body = client.get(f"{SITES}?pagination=cursor&page_size=3").json()
    assert "count" not in body
    Site.objects.create(customer=acme, name="s00a")
    Site.objects.filter(name="s02").delete()
    assert [name for page in pages(client, body["next"]) for name in page] == ["s03", "s04", "s05", "s06"]


def test_cursor_that_is_none_is_400(client: APIClient, many: list[Site]) -> None:
    following = client.get(f"{SITES}?pagination=cursor&page_size=3").json()["next"]
    assert wrong(client.get(f"{SITES}?cursor=x")) == {"cursor"}
    assert wrong(client.get(f"{SITES}?cursor=%00")) == {"cursor"}
    assert wrong(client.get(following.replace("cursor=", "cursor=x"))) == {"cursor"}
    assert wrong(client.get(f"{following}&ordering=-name")) == {"cursor"}
    assert wrong(client.get(f"{following}&pagination=page")) == {"cursor"}
    assert wrong(client.get(f"{following}&page=2")) == {"page"}
    assert wrong(client.get(f"{SITES}?pagination=x")) == {"pagination"}
    for size in ("x", "0", "-1", "1.5", "%C2%B2"):
        assert wrong(client.get(f"{SITES}?page_size={size}")) == {"page_size"}


def test_cursor_of_another_customer_shows_only_ones_own(
    as_: As, client: APIClient, many: list[Site], stranger: User, globex: Customer
) -> None:
    following = client.get(f"{SITES}?pagination=cursor&page_size=3").json()["next"]
    Site.objects.create(customer=globex, name="zz")
    assert pages(as_(stranger), following) == [["zz"]]


def test_queries_of_a_change_and_of_many(client: APIClient, site: Site, acme: Customer) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.patch(f"{SITES}{site.pk}/", {"region": "x"})
    assert len(queries) <= 30, [query["sql"] for query in queries]
