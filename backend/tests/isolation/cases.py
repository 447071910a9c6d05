"""How each route is called with ids of another customer: one line a route, and a route without one fails the suite.

`Id("device")` stands for the id of a device: the test fills in the foreign customer's, then one that nobody has, and
wants the same answer. `own("device")` is one of the caller's. A call whose path has an id must answer 404, unless it
says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conftest import PASSWORD
from tests.isolation.world import ADDRESS, BETWEEN, OWN, OWN_ADDRESS, ids_from


@dataclass(frozen=True, slots=True)
class Id:
    """The id of a row of this kind, foreign or nobody's."""

    kind: str


def own(kind: str) -> int:
    return ids_from(OWN)[kind]


@dataclass(frozen=True, slots=True)
class Call:
    """One request. Path, query and body may hold `Id`s; the body is JSON for the API and a form for pages."""

    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    hidden: bool | None = None
    """Whether it must be 404; by default when the path holds an id."""
    owner: tuple[int, ...] = (200, 201, 202, 286, 302)
    """What the owner of the foreign rows gets, which proves that the call reaches them."""
    of_oneself: bool = False
    """What it shows and changes is the caller's own, whatever customers the caller has."""

    @property
    def must_be_hidden(self) -> bool:
        return bool(self.path) if self.hidden is None else self.hidden


def pk(kind: str, **rest: Any) -> Call:
    return Call({"pk": Id(kind)}, **rest)


def job(**body: Any) -> Call:
    given = {"kind": "config_backup", "customer": Id("customer"), "devices": [Id("device")]} | body
    # who owns the device may not see the other customer either
    owner = (400,) if given["customer"] == own("customer") or own("device") in (given["devices"] or ()) else (201,)
    return Call(body={name: value for name, value in given.items() if value is not None}, owner=owner)


KEY = {"name": "new", "scopes": ["read"]}
PLAIN = [Call()]
"""Takes no id: it is only looked through for needles."""
OWN_ACCOUNT = Call(of_oneself=True)
BY_DEVICE_FILTER = [Call(query={name: Id(name)}, owner=(200, 400)) for name in ("customer", "site", "tag")]

SITE = {"customer": Id("customer"), "name": "a new site"}
LOGIN = {"customer": Id("customer"), "name": "a new login", "username": "new", "password": "a new password"}
DEVICE = {
    "customer": Id("customer"), "hostname": "new-r9", "mgmt_ip": ADDRESS, "port": 2222, "platform": "ios",
    "site": Id("site"), "credential": Id("credential"), "tags": ["a new tag"],
}  # fmt: skip
OWN_DEVICE = DEVICE | {
    "customer": own("customer"), "mgmt_ip": OWN_ADDRESS, "site": own("site"), "credential": own("credential"),
}  # fmt: skip
SCHEDULE = {"customer": Id("customer"), "name": "nights", "kind": "config_backup", "cron": "0 2 * * *"}
SCHEDULE_FORM = {
    "name": "evenings", "kind": "config_backup", "cron": "0 20 * * *", "time_zone": "UTC", "jitter_min": "0",
}  # fmt: skip
OWN_SCHEDULE = SCHEDULE | {"customer": own("customer")}
CHANNEL = {
    "customer": Id("customer"), "kind": "webhook", "name": "pager", "address": "https://hooks.example/x",
    "ends": ["failed"], "job_kinds": ["config_backup"], "only_own": False, "enabled": True,
}  # fmt: skip
CHANNEL_FORM = {name: CHANNEL[name] for name in ("kind", "name", "address", "ends")} | {"enabled": "on"}
OWN_MAIL = {"customer": Id("customer"), "kind": "personal", "name": "to me", "ends": ["failed"]}
MIXED_DEVICES = [OWN_DEVICE | {name: Id(name)} for name in ("customer", "site", "credential")]
MIXED_CHANGES = [{"site": Id("site")}, {"credential": Id("credential")}]


def managed(
    address: str,
    kind: str,
    new: Mapping[str, Any],
    change: Mapping[str, Any],
    delete: tuple[int, ...] = (204,),
    make: tuple[int, ...] = (201,),
) -> dict[str, list[Call]]:
    """A resource's calls for one thing and for many; `new` is the body that makes one, `change` of one's change."""
    at = f"api/v1/{address}/"
    return {
        f"GET {at}<int:pk>/": [pk(kind)],
        f"POST {at}": [Call(body=dict(new), owner=make)],
        f"PATCH {at}<int:pk>/": [pk(kind, body=dict(change))],
        f"DELETE {at}<int:pk>/": [pk(kind, owner=delete)],
        f"POST {at}bulk/": [
            Call(body=[dict(new)], owner=make),
            Call(query={"mode": "best-effort"}, body=[dict(new)], owner=make),
        ],
        f"PATCH {at}bulk/": [
            Call(body=[{"id": Id(kind), **change}]),
            Call(query={"mode": "best-effort"}, body=[{"id": Id(kind), **change}], owner=(200, 207)),
        ],
        f"POST {at}bulk/delete/": [Call(body=[{"id": Id(kind)}], owner=(*delete, 200))],
    }


NEIGHBOUR_IDS = {"customer": "customer", "device": "device", "remote": "device"}
NEIGHBOUR_DEVICE = {"hostname": "new-r8", "platform": "frr", "port": 2223, "site": Id("site")}
OWN_NEIGHBOUR = NEIGHBOUR_DEVICE | {"site": own("site")}
AUDIT_PAGE_IDS = {"customer": "customer", "user": "user", "object": "device"}
DELIVERY_IDS = {"customer": "customer", "channel": "channel", "job": "ended_job"}
AUDIT_IDS = {"customer": "customer", "actor": "user", "object_id": "device"}


def also(cases: dict[str, list[Call]], more: Mapping[str, list[Call]]) -> dict[str, list[Call]]:
    return {key: [*calls, *more.get(key, [])] for key, calls in cases.items()}


CASES: dict[str, list[Call]] = {
    # ---- API
    "POST api/v1/auth/logout/": [Call(body={"refresh": "x"}, owner=(401,))],
    "GET api/v1/auth/me/": PLAIN,
    "GET api/v1/audit-events/": [
        *PLAIN, *(Call(query={name: Id(kind)}) for name, kind in AUDIT_IDS.items()), Call(query={"search": "change"}),
    ],
    "GET api/v1/audit-events/<int:pk>/": [pk("audit_event")],
    # not called without a filter: the second time it would show that it was called the first time
    "GET api/v1/audit-events/export/": [
        *(Call(query={name: Id(kind)}) for name, kind in AUDIT_IDS.items()),
        Call(query={"format": "json", "search": "wren"}),
    ],
    "GET api/v1/customers/": [*PLAIN, Call(query={"search": "customer"})],
    "GET api/v1/customers/export/": PLAIN,
    **managed("customers", "customer", {"name": "New"}, {"four_eyes": True}, delete=(403,), make=(403,)),
    "GET api/v1/ip-ranges/": [*PLAIN, Call(query={"customer": Id("customer")}), Call(query={"address": ADDRESS})],
    "GET api/v1/ip-ranges/export/": [*PLAIN, Call(query={"customer": Id("customer")})],
    **managed(
        "ip-ranges", "ip_range", {"customer": Id("customer"), "cidr": "192.0.2.0/24"}, {"may_overlap": True}
    ),
    "GET api/v1/users/": [*PLAIN, Call(query={"customer": Id("customer")}), Call(query={"search": "user"})],
    "GET api/v1/users/export/": [*PLAIN, Call(query={"customer": Id("customer")})],
    **also(
        managed("users", "colleague", {"username": "new", "customers": [Id("customer")]}, {"first_name": "New"}),
        {
            "GET api/v1/users/<int:pk>/": [pk("user"), Call({"pk": BETWEEN}, hidden=False)],
            # of the customers of both: each admin sees the user, and only one of both changes it
            "PATCH api/v1/users/<int:pk>/": [
                Call({"pk": BETWEEN}, body={"first_name": "New"}, hidden=False, owner=(403,)),
                Call({"pk": own("colleague")}, body={"customers": [Id("customer")]}, hidden=False, owner=(404,)),
            ],
            "DELETE api/v1/users/<int:pk>/": [Call({"pk": BETWEEN}, hidden=False, owner=(403,))],
        },
    ),
    "POST api/v1/users/<int:pk>/customers/": [
        pk("colleague", body={"customers": [Id("customer")]}),
        Call({"pk": own("colleague")}, body={"customers": [Id("customer")]}, hidden=False, owner=(404,)),
    ],
    "DELETE api/v1/users/<int:pk>/customers/<int:customer>/": [
        Call({"pk": Id("colleague"), "customer": Id("customer")}, owner=(409,)),
        Call({"pk": own("colleague"), "customer": Id("customer")}, hidden=False, owner=(404,)),
        Call({"pk": BETWEEN, "customer": Id("customer")}, owner=(403,)),
    ],
    "POST api/v1/users/<int:pk>/activate/": [pk("colleague")],
    "POST api/v1/users/<int:pk>/deactivate/": [pk("colleague"), pk("user", owner=(403,))],
    "POST api/v1/users/<int:pk>/password/": [pk("colleague", body={"password": "another passphrase"}, owner=(204,))],
    "POST api/v1/users/<int:pk>/password/reset/": [pk("colleague", owner=(409,))],
    "GET api/v1/users/<int:pk>/api-keys/": [pk("colleague")],
    "POST api/v1/users/<int:pk>/api-keys/": [
        pk("colleague", body=KEY),
        Call({"pk": own("colleague")}, body=KEY | {"customers": [Id("customer")]}, hidden=False, owner=(404,)),
    ],
    "GET api/v1/api-keys/": [
        Call(of_oneself=True), Call(query={"user": Id("user")}, of_oneself=True),
        Call(query={"user": Id("colleague")}, of_oneself=True),
    ],
    "POST api/v1/api-keys/": [Call(body=KEY | {"customers": [Id("customer")]}, of_oneself=True)],
    "GET api/v1/api-keys/<int:pk>/": [pk("colleague_key"), pk("api_key", of_oneself=True)],
    "PATCH api/v1/api-keys/<int:pk>/": [
        pk("colleague_key", body={"name": "new"}),
        pk("api_key", body={"scopes": ["read"]}, of_oneself=True),
        Call({"pk": own("colleague_key")}, body={"customers": [Id("customer")]}, hidden=False, owner=(404,)),
    ],
    "DELETE api/v1/api-keys/<int:pk>/": [
        pk("colleague_key", owner=(204,)), pk("api_key", owner=(204,), of_oneself=True),
    ],
    "GET api/v1/saved-filters/": [
        *PLAIN, Call(query={"customer": Id("customer")}), Call(query={"owner": Id("user")}),
    ],
    **managed(
        "saved-filters", "saved_filter", {"name": "New", "list": "jobs", "customer": Id("customer")}, {"query": "q=1"}
    ),
    "GET api/v1/sites/": [*PLAIN, Call(query={"customer": Id("customer")}), Call(query={"search": "site"})],
    "GET api/v1/sites/export/": [
        *PLAIN, Call(query={"customer": Id("customer")}), Call(query={"format": "json", "search": "wren"}),
    ],
    **also(
        managed("sites", "site", SITE, {"name": "a new name"}, delete=(409,)),
        {
            "DELETE api/v1/sites/<int:pk>/": [pk("empty_site", owner=(204,))],
            "POST api/v1/sites/bulk/delete/": [Call(body=[{"id": Id("empty_site")}])],
        },
    ),
    "GET api/v1/tags/": [*PLAIN, Call(query={"customer": Id("customer")}), Call(query={"search": "tag"})],
    "GET api/v1/tags/export/": [*PLAIN, Call(query={"customer": Id("customer")})],
    **managed("tags", "tag", {"customer": Id("customer"), "name": "a new tag"}, {"name": "another tag"}),
    "GET api/v1/credentials/": [*PLAIN, Call(query={"customer": Id("customer")}), Call(query={"search": "login"})],
    "GET api/v1/credentials/export/": [*PLAIN, Call(query={"customer": Id("customer")})],
    **also(
        managed("credentials", "credential", LOGIN, {"password": "another one"}, delete=(409,)),
        {
            "DELETE api/v1/credentials/<int:pk>/": [pk("idle_credential", owner=(204,))],
            "POST api/v1/credentials/bulk/delete/": [Call(body=[{"id": Id("idle_credential")}])],
        },
    ),
    "GET api/v1/devices/": [
        *PLAIN, *BY_DEVICE_FILTER, Call(query={"search": "r1"}), Call(query={"credential": Id("credential")}),
        Call(query={"mgmt_ip": ADDRESS}), Call(query={"ordering": "customer", "pagination": "cursor"}),
    ],
    "GET api/v1/devices/export/": [*PLAIN, *BY_DEVICE_FILTER],
    **also(
        managed("devices", "device", DEVICE, {"hostname": "new-r8"}),
        {
            "POST api/v1/devices/": [Call(body=body, owner=(400,)) for body in MIXED_DEVICES],
            "POST api/v1/devices/bulk/": [Call(body=[body], owner=(400,)) for body in MIXED_DEVICES],
            "PATCH api/v1/devices/<int:pk>/": [
                Call({"pk": own("device")}, body=body, hidden=False, owner=(404,)) for body in MIXED_CHANGES
            ],
            "PATCH api/v1/devices/bulk/": [
                Call(body=[{"id": own("device"), **body}], owner=(404,)) for body in MIXED_CHANGES
            ],
        },
    ),
    "POST api/v1/devices/<int:pk>/enable/": [pk("device")],
    "POST api/v1/devices/<int:pk>/disable/": [pk("device")],
    "DELETE api/v1/devices/<int:pk>/host-key/": [pk("device", owner=(204,))],
    "GET api/v1/devices/<int:pk>/facts/": [pk("device")],
    "GET api/v1/devices/<int:pk>/interfaces/": [pk("device")],
    "GET api/v1/interfaces/": [
        *PLAIN, Call(query={"device": Id("device")}), Call(query={"customer": Id("customer"), "up": "true"}),
        Call(query={"search": "0/1"}),
    ],
    "GET api/v1/interfaces/export/": [*PLAIN, Call(query={"device": Id("device"), "format": "json"})],
    "GET api/v1/interfaces/<int:pk>/": [pk("interface")],
    "GET api/v1/devices/<int:pk>/jobs/": [pk("device")],
    "GET api/v1/devices/<int:pk>/reachability/": [pk("device"), pk("device", query={"job": Id("ended_job")})],
    "GET api/v1/devices/<int:pk>/reachability/export/": [
        pk("device"), pk("device", query={"format": "json", "job": Id("ended_job")}),
    ],
    "GET api/v1/devices/<int:pk>/snapshots/": [pk("device"), pk("device", query={"job": Id("ended_job")})],
    "GET api/v1/schedules/": [
        *PLAIN, Call(query={"customer": Id("customer")}), Call(query={"search": "nights"}),
    ],
    "GET api/v1/schedules/export/": [*PLAIN, Call(query={"customer": Id("customer")})],
    **also(
        managed("schedules", "schedule", SCHEDULE | {"site": Id("site"), "tag": Id("tag")}, {"cron": "0 3 * * *"}),
        {
            "POST api/v1/schedules/": [
                Call(body=OWN_SCHEDULE | {"site": Id("site")}, hidden=False, owner=(400,)),
                Call(body=OWN_SCHEDULE | {"tag": Id("tag")}, hidden=False, owner=(400,)),
            ],
            "PATCH api/v1/schedules/<int:pk>/": [
                Call({"pk": own("schedule")}, body={"site": Id("site")}, hidden=False, owner=(404,)),
                Call({"pk": own("schedule")}, body={"tag": Id("tag")}, hidden=False, owner=(404,)),
            ],
        },
    ),
    "POST api/v1/schedules/<int:pk>/run/": [pk("schedule", owner=(201,))],
    "GET api/v1/jobs/": [*PLAIN, Call(query={"customer": Id("customer")}), Call(query={"device": Id("device")})],
    "POST api/v1/jobs/": [
        job(),
        job(kind="reachability"),
        job(kind="run_commands", params={"commands": ["show version"]}),
        job(devices=None, filter={}),
        job(devices=None, filter={"site": Id("site")}),
        job(devices=None, filter={"tag": Id("tag")}),
        job(devices=None, customer=own("customer"), filter={"site": Id("site")}),
        job(devices=None, customer=own("customer"), filter={"tag": Id("tag")}),
        job(customer=own("customer")),
        job(customer=own("customer"), devices=[own("device"), Id("device")]),
        job(devices=[own("device")]),
    ],
    "GET api/v1/jobs/<int:pk>/": [pk("job"), pk("ended_job")],
    "GET api/v1/jobs/<int:pk>/targets/": [
        pk("job"), pk("job", query={"device": Id("device")}),
        Call({"pk": own("job")}, {"device": Id("device")}, hidden=False, owner=(404,)),
    ],
    "GET api/v1/jobs/<int:pk>/logs/": [
        pk("job"), pk("job", query={"after": 1, "device": Id("device")}),
        Call({"pk": own("job")}, {"device": Id("device")}, hidden=False, owner=(404,)),
    ],
    "GET api/v1/jobs/<int:pk>/outputs/": [
        pk("commands_job"), pk("commands_job", query={"device": Id("device")}),
        Call({"pk": own("commands_job")}, {"device": Id("device")}, hidden=False, owner=(404,)),
    ],
    "GET api/v1/jobs/<int:pk>/outputs/<int:output>/": [
        Call({"pk": Id("commands_job"), "output": Id("output")}),
    ],
    "GET api/v1/jobs/<int:pk>/outputs/export/": [
        pk("commands_job"), *(pk("commands_job", query={"format": one}) for one in ("csv", "json")),
        Call({"pk": own("commands_job")}, {"device": Id("device")}, hidden=False, owner=(404,)),
    ],
    "GET api/v1/jobs/<int:pk>/output-groups/": [pk("commands_job")],
    "GET api/v1/allowed-commands/": [
        *PLAIN, Call(query={"customer": Id("customer")}), Call(query={"search": "test"}),
    ],
    "GET api/v1/allowed-commands/export/": [*PLAIN, Call(query={"customer": Id("customer")})],
    **managed(
        "allowed-commands", "allowed_command",
        {"customer": Id("customer"), "platform": "ios", "command": "test aaa *"}, {"reason": "it only asks"},
    ),
    "GET api/v1/notification-channels/": [
        *PLAIN, Call(query={"customer": Id("customer")}), Call(query={"search": "channel"}),
    ],
    "GET api/v1/notification-channels/export/": [*PLAIN, Call(query={"customer": Id("customer")})],
    "POST api/v1/notification-channels/": [Call(body=CHANNEL), Call(body=OWN_MAIL, of_oneself=True)],
    "GET api/v1/notification-channels/<int:pk>/": [pk("channel")],
    "PATCH api/v1/notification-channels/<int:pk>/": [pk("channel", body={"ends": ["failed"]})],
    "DELETE api/v1/notification-channels/<int:pk>/": [pk("channel", owner=(204,))],
    "POST api/v1/notification-channels/<int:pk>/secret/": [pk("channel")],
    "POST api/v1/notification-channels/<int:pk>/test/": [pk("channel")],
    "GET api/v1/deliveries/": [
        *PLAIN, *(Call(query={name: Id(kind)}) for name, kind in DELIVERY_IDS.items()),
    ],
    "GET api/v1/deliveries/export/": [*PLAIN, *(Call(query={name: Id(kind)}) for name, kind in DELIVERY_IDS.items())],
    "GET api/v1/deliveries/<int:pk>/": [pk("delivery")],
    "POST api/v1/deliveries/<int:pk>/resend/": [pk("delivery")],
    "POST api/v1/jobs/<int:pk>/cancel/": [pk("job"), pk("ended_job", owner=(409,))],
    "POST api/v1/jobs/<int:pk>/retry/": [pk("ended_job"), pk("job", owner=(409,))],
    "GET api/v1/sessions/": [
        *PLAIN, Call(query={"customer": Id("customer")}), Call(query={"device": Id("device")}),
        Call(query={"user": Id("user")}), Call(query={"search": "wren"}),
    ],
    "GET api/v1/sessions/export/": [*PLAIN, Call(query={"customer": Id("customer"), "format": "json"})],
    "GET api/v1/sessions/<int:pk>/": [pk("session"), pk("ended_session")],
    "GET api/v1/sessions/<int:pk>/recording/": [pk("session"), pk("ended_session")],
    "POST api/v1/sessions/<int:pk>/end/": [pk("session"), pk("ended_session")],
    "GET api/v1/topology-links/": [
        *PLAIN, Call(query={"customer": Id("customer")}), Call(query={"device": Id("device")}),
        Call(query={"search": "wren"}),
    ],
    "GET api/v1/topology-links/export/": [*PLAIN, Call(query={"device": Id("device"), "format": "json"})],
    "GET api/v1/topology-links/way/": [
        Call(query={"start": Id("device"), "end": Id("device")}, hidden=True),
        Call(query={"start": own("device"), "end": Id("device")}, hidden=True, owner=(404,)),
    ],
    "GET api/v1/customers/<int:pk>/topology-layout/": [pk("customer")],
    "PUT api/v1/customers/<int:pk>/topology-layout/": [
        pk("customer", body={"positions": {"1": [1, 2]}}, of_oneself=True)
    ],
    "DELETE api/v1/customers/<int:pk>/topology-layout/": [pk("customer", owner=(204,), of_oneself=True)],
    "GET api/v1/topology-links/<int:pk>/": [pk("topology_link")],
    "GET api/v1/neighbours/": [
        *PLAIN, *(Call(query={name: Id(kind)}) for name, kind in NEIGHBOUR_IDS.items()), Call(query={"search": "wren"}),
    ],
    "GET api/v1/neighbours/export/": [*PLAIN, Call(query={"device": Id("device"), "format": "json"})],
    "GET api/v1/neighbours/<int:pk>/": [pk("neighbour"), pk("unknown_neighbour")],
    "POST api/v1/neighbours/<int:pk>/device/": [
        pk("unknown_neighbour", body=NEIGHBOUR_DEVICE),
        *(
            Call({"pk": own("unknown_neighbour")}, body=OWN_NEIGHBOUR | {name: Id(name)}, hidden=False, owner=(404,))
            for name in ("site", "credential")
        ),
    ],
    "GET api/v1/snapshots/": [
        *PLAIN,
        Call(query={"customer": Id("customer")}), Call(query={"device": Id("device")}),
        Call(query={"job": Id("ended_job")}),
    ],
    "GET api/v1/snapshots/<int:pk>/": [pk("snapshot")],
    "GET api/v1/imports/": [*PLAIN, Call(query={"customer": Id("customer")})],
    "POST api/v1/imports/": [
        Call(query={"customer": Id("customer"), "kind": "credentials"}, body=("name,username\na,b\n")),
        Call(
            query={"customer": own("customer"), "kind": "devices"},
            body=("hostname,mgmt_ip,platform,site,credential\nr9,198.51.100.17,ios,wrenlock site,wrenlock login\n"),
            owner=(400,),
        ),
    ],
    "GET api/v1/imports/<int:pk>/": [pk("import")],
    # ---- pages
    "GET ": PLAIN,
    "GET styleguide/": PLAIN,
    "GET account/": [OWN_ACCOUNT],
    "GET account/password/": [OWN_ACCOUNT],
    "POST account/password/": [Call(body={"password": PASSWORD, "new_password": "x", "repeated": "y"}, owner=(422,))],
    "GET account/second-factor/": [OWN_ACCOUNT],
    "POST account/second-factor/": [Call(body={"password": PASSWORD, "codes": "1"})],
    "GET account/second-factor/on/": [OWN_ACCOUNT],
    "POST account/second-factor/on/": [Call(body={"password": PASSWORD, "code": "1"}, owner=(422,))],
    "POST account/end-logins/": [Call(body={}, of_oneself=True)],
    "GET account/keys/new/": PLAIN,
    "POST account/keys/new/": [
        Call(body={"name": "a key", "scopes": "read", "customers": Id("customer")}, of_oneself=True),
    ],
    "POST account/keys/<int:pk>/revoke/": [pk("api_key", of_oneself=True)],
    "POST switch-customer/": [Call(body={"customer": Id("customer")}, hidden=True)],
    "GET devices/": [*PLAIN, *BY_DEVICE_FILTER, Call(query={"q": "r1"})],
    "POST devices/run/": [
        Call(body={"kind": "config_backup", "devices": [Id("device")]}, hidden=True),
        Call(body={"kind": "config_backup", "devices": [own("device"), Id("device")]}, hidden=True, owner=(404,)),
        Call(body={"kind": "run_commands", "devices": [Id("device")]}, hidden=True),
        Call(body={"kind": "run_commands", "devices": [Id("device")], "commands": "show version"}, hidden=True),
        Call(query={"site": Id("site")}, body={"kind": "config_backup", "select_all": "1"}),
        Call(query={"customer": Id("customer")}, body={"kind": "config_backup", "select_all": "1"}),
    ],
    "GET devices/<int:pk>/": [pk("device")],
    "GET devices/<int:pk>/interfaces/": [pk("device"), pk("device", query={"q": "0/1", "state": "up"})],
    "GET devices/<int:pk>/interfaces/export/": [pk("device")],
    "GET devices/<int:pk>/jobs/": [pk("device")],
    "GET devices/<int:pk>/snapshots/": [pk("device")],
    "GET devices/<int:pk>/reachability/": [pk("device"), pk("device", query={"range": "30d"})],
    "GET snapshots/": [*PLAIN, Call(query={"show": "all", "q": "r1"}), Call(query={"show": "problems"})],
    "GET snapshots/<int:pk>/": [pk("snapshot")],
    "GET snapshots/<int:pk>/download/": [pk("snapshot")],
    "POST snapshots/<int:pk>/secrets/": [pk("snapshot")],
    "GET snapshots/diff/": [
        Call(query={"a": Id("older_snapshot"), "b": Id("snapshot")}, hidden=True),
        Call(query={"v": [Id("older_snapshot"), Id("snapshot")]}, hidden=True),
        Call(query={"a": own("snapshot"), "b": Id("snapshot")}, hidden=True, owner=(404,)),
        *PLAIN,
    ],
    "GET customers/": [*PLAIN, Call(query={"q": "wren"})],
    "GET customers/<int:pk>/": [pk("customer")],
    "GET customers/<int:pk>/edit/": [pk("customer")],
    "POST customers/<int:pk>/edit/": [
        pk("customer", body={"four_eyes": "on", "snapshot_retention_days": "30", "api_networks": "192.0.2.0/24"}),
    ],
    "GET audit/": [
        *PLAIN, *(Call(query={name: Id(kind)}) for name, kind in AUDIT_PAGE_IDS.items()), Call(query={"q": "change"}),
    ],
    "GET audit/<int:pk>/": [pk("audit_event")],
    "GET audit/export/": [
        *(Call(query={name: Id(kind)}, owner=(200, 400)) for name, kind in AUDIT_PAGE_IDS.items()),
        Call(query={"format": "json", "q": "wren"}),
    ],
    "GET jobs/": [*PLAIN, Call(query={"customer": Id("customer")}), Call(query={"user": Id("user")})],
    "GET jobs/new/": [
        *PLAIN,
        Call(query={"customer": Id("customer")}), Call(query={"devices": [Id("device")]}),
        Call(query={"customer": own("customer"), "site": Id("site")}),
    ],
    "POST jobs/new/": [
        Call(body={"kind": "config_backup", "customer": Id("customer"), "choose": "matching"}, owner=(302,)),
        Call(
            body={"kind": "config_backup", "customer": own("customer"), "choose": "matching", "site": Id("site")},
            owner=(302, 422),
        ),
        Call(
            body={"kind": "config_backup", "customer": own("customer"), "choose": "listed", "hostnames": "none-r1"},
            owner=(302, 422),
        ),
    ],
    "GET jobs/<int:pk>/": [
        pk("job"), pk("ended_job"),
        Call({"pk": own("job")}, {"device": Id("device")}, hidden=False, owner=(404,)),
    ],
    "GET jobs/<int:pk>/log/": [
        pk("job"), pk("ended_job", query={"after": 0}),
        Call({"pk": own("job")}, {"device": Id("device")}, hidden=False, owner=(404,)),
    ],
    "GET jobs/<int:pk>/log/download/": [pk("job")],
    "GET jobs/<int:pk>/outputs/": [
        pk("commands_job"), pk("commands_job", query={"show": Id("output"), "view": "text"}),
    ],
    "GET jobs/<int:pk>/outputs/file/": [pk("commands_job"), pk("commands_job", query={"format": "json"})],
    "POST jobs/<int:pk>/cancel/": [pk("job"), pk("ended_job")],
    "POST jobs/<int:pk>/retry/": [pk("ended_job"), pk("job")],
    "GET commands/allowed/": PLAIN,
    "GET commands/allowed/new/": PLAIN,
    "POST commands/allowed/new/": [
        Call(body={"customer": Id("customer"), "platform": "ios", "command": "test cable"}, owner=(302,)),
    ],
    "GET commands/allowed/known/": [Call(query={"platform": "ios", "command": "test cable"})],
    "GET commands/allowed/<int:pk>/edit/": [pk("allowed_command")],
    "POST commands/allowed/<int:pk>/edit/": [
        pk("allowed_command", body={"platform": "ios", "command": "test link", "reason": "reads"}, owner=(302,)),
    ],
    "POST commands/allowed/<int:pk>/delete/": [pk("allowed_command", owner=(302,))],
    "GET schedules/": PLAIN,
    "GET schedules/moments/": [Call(query={"cron": "0 2 * * *", "time_zone": "UTC"})],
    "GET schedules/new/": PLAIN,
    "POST schedules/new/": [
        Call(body=SCHEDULE_FORM | {"customer": Id("customer")}, owner=(302,)),
        *(
            Call(body=SCHEDULE_FORM | {"customer": own("customer"), name: Id(name)}, hidden=False, owner=(302, 422))
            for name in ("site", "tag")
        ),
    ],
    "GET schedules/<int:pk>/": [pk("schedule")],
    "GET schedules/<int:pk>/edit/": [pk("schedule")],
    "POST schedules/<int:pk>/edit/": [
        pk("schedule", body=SCHEDULE_FORM, owner=(302,)),
        Call({"pk": own("schedule")}, body=SCHEDULE_FORM | {"site": Id("site")}, hidden=False, owner=(404,)),
    ],
    "POST schedules/<int:pk>/run/": [pk("schedule", owner=(302,))],
    "POST schedules/<int:pk>/switch/": [pk("schedule", owner=(302,))],
    "POST schedules/<int:pk>/delete/": [pk("schedule", owner=(302,))],
    "GET notifications/": PLAIN,
    "GET notifications/new/": PLAIN,
    "POST notifications/new/": [
        Call(body=CHANNEL_FORM | {"customer": Id("customer")}),
        Call(body=CHANNEL_FORM | OWN_MAIL | {"address": ""}, of_oneself=True),
    ],
    "GET notifications/<int:pk>/": [pk("channel")],
    "GET notifications/<int:pk>/edit/": [pk("channel")],
    "POST notifications/<int:pk>/edit/": [pk("channel", body=CHANNEL_FORM)],
    "POST notifications/<int:pk>/test/": [pk("channel")],
    "POST notifications/<int:pk>/secret/": [pk("channel")],
    "POST notifications/<int:pk>/delete/": [pk("channel")],
    "GET notifications/deliveries/": [*PLAIN, Call(query={"q": "channel"}), Call(query={"state": "failed"})],
    "GET notifications/deliveries/<int:pk>/": [pk("delivery")],
    "POST notifications/deliveries/<int:pk>/resend/": [pk("delivery")],
    "GET devices/<int:pk>/terminal/": [
        pk("device"), Call({"pk": own("device")}, {"session": Id("session"), "watch": 1}, hidden=False, owner=(404,)),
    ],
    "GET topology/": [*PLAIN, Call(query={"customer": Id("customer")}, hidden=True)],
    "GET topology/data/<int:customer>/": [Call({"customer": Id("customer")})],
    "POST topology/layout/<int:customer>/": [
        Call({"customer": Id("customer")}, body={"positions": '{"1": [1, 2]}'}, owner=(204,), of_oneself=True),
        Call({"customer": Id("customer")}, body={"positions": ""}, owner=(204,), of_oneself=True),
    ],
    "GET topology/links/": [*PLAIN, Call(query={"q": "wren"}), Call(query={"state": "conflict"})],
    "GET topology/unknown/": PLAIN,
    "GET topology/unknown/<int:pk>/": [pk("unknown_neighbour"), pk("neighbour")],
    "POST topology/unknown/<int:pk>/": [
        pk("unknown_neighbour", body=NEIGHBOUR_DEVICE | {"role": "other"}, owner=(302, 422)),
        *(
            Call(
                {"pk": own("unknown_neighbour")}, body=OWN_NEIGHBOUR | {"role": "other", name: Id(name)}, hidden=False,
                owner=(404,),
            )
            for name in ("site", "credential")
        ),
    ],
    "GET devices/<int:pk>/neighbours/": [pk("device")],
    "GET devices/<int:pk>/sessions/": [pk("device")],
    "GET sessions/": PLAIN,
    "GET sessions/<int:pk>/": [pk("session"), pk("ended_session")],
    "GET sessions/<int:pk>/parts/": [pk("ended_session"), pk("session", query={"after": 1})],
    "GET sessions/<int:pk>/download/": [pk("ended_session")],
    "POST sessions/<int:pk>/end/": [pk("session"), pk("ended_session")],
    # ---- sockets
    "WS ws/jobs/<int:job_id>/": [Call({"job_id": Id("job")}), Call({"job_id": Id("ended_job")})],
    "WS ws/devices/<int:device_id>/ssh/": [Call({"device_id": Id("device")})],
    "WS ": [Call()],
}  # fmt: skip
