"""Two roles of the database: one owns the tables, the other is what web and workers log in with."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg.errors import Error, InsufficientPrivilege

from tests.processes.installation import BACKEND, Installation, migrate

pytestmark = [
    pytest.mark.slow,
    pytest.mark.services,
    pytest.mark.skipif("TEST_DATABASE_URL" not in os.environ, reason="SQLite has no roles"),
]


class TwoRoles(Installation):
    def _use_services(self) -> None:
        super()._use_services()
        self.role, password = f"webnet_{secrets.token_hex(4)}", secrets.token_hex(16)
        with psycopg.connect(os.environ["TEST_DATABASE_URL"], autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {self.role} LOGIN PASSWORD '{password}'")
        owner = urlsplit(self.env["DATABASE_URL"])
        place = f"{self.role}:{password}@{owner.hostname}:{owner.port}"
        self.env["DATABASE_OWNER_URL"] = urlunsplit(owner)
        self.env["DATABASE_URL"] = urlunsplit(owner._replace(netloc=place))

    def stop(self) -> None:
        super().stop()
        with psycopg.connect(os.environ["TEST_DATABASE_URL"], autocommit=True) as connection:
            connection.execute(f"DROP ROLE {self.role}")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoRoles]:
    made = TwoRoles(tmp_path_factory.mktemp("roles"), embedded=False)
    migrate(made.env)  # grants the second role what it needs
    try:
        made.python(MAKE)
        yield made
    finally:
        made.stop()


MAKE = """
from core.services import audit
from customers.models import Customer
from devices.models import Device, Site
from users.models import User
for name in ("Acme", "Globex"):
    customer = Customer.objects.create(name=name, slug=name.lower())
    site = Site.objects.create(customer=customer, name="Frankfurt")
    Device.objects.create(customer=customer, site=site, hostname=name, mgmt_ip="10.0.0.1", platform="ios")
    User.objects.create(username=name).customers.add(customer)
answer = None
"""
LOOK = """
from core.tenancy import within
from devices.counts import recount
from devices.models import Device
from users.models import User
from users.selectors import scope_of
recount()
answer = [Device.objects.count()]
with within(scope_of(User.objects.get(username="Acme"))):
    answer += [device.hostname for device in Device.objects.all()]
"""


def test_each_part_works_with_what_it_is_granted(installation: TwoRoles) -> None:
    assert installation.python(LOOK) == [2, "Acme"]
    migrate(installation.env)  # once more, as with every new version
    assert installation.python(LOOK) == [2, "Acme"]


PAST_THE_WALL = (
    "SELECT * FROM webnet_wall.key",
    "SELECT webnet_wall.sign('*')",
    "CREATE OR REPLACE FUNCTION webnet_wall.customers() RETURNS bigint[] LANGUAGE sql AS $$ SELECT NULL::bigint[] $$",
    "ALTER TABLE devices_device DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE devices_device NO FORCE ROW LEVEL SECURITY",
    "CREATE POLICY mine ON devices_device USING (true)",
    "DROP TRIGGER append_only_core_auditevent_delete ON core_auditevent",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "SET ROLE webnet",
    "CREATE TABLE devices_mine (id int)",
    "CREATE TEMPORARY TABLE devices_device (id int)",
    "CREATE SCHEMA mine",
    "TRUNCATE devices_device CASCADE",
    "INSERT INTO django_migrations (app, name, applied) VALUES ('devices', '9999', now())",
    "SET row_security = off; SELECT * FROM devices_device",
)


@pytest.mark.parametrize("statement", PAST_THE_WALL)
def test_sql_of_the_running_product_does_not_get_past_the_wall(installation: TwoRoles, statement: str) -> None:
    with psycopg.connect(installation.env["DATABASE_URL"], autocommit=True) as connection:
        with pytest.raises(InsufficientPrivilege):
            connection.execute(statement)  # type: ignore[call-overload]
        assert connection.execute("SET row_security = on") and seen(connection) == []


def seen(connection: psycopg.Connection) -> list[tuple[str, ...]]:
    return connection.execute("SELECT hostname FROM devices_device").fetchall()


def test_what_one_session_was_told_helps_no_other(installation: TwoRoles) -> None:
    """Not even read from the list of sessions, which shows the last statement of each of the same role."""
    told = installation.python(
        "from django.db import connection\n"
        "from devices.models import Device\n"
        "answer = [Device.objects.count()]\n"
        "with connection.cursor() as cursor:\n"
        "    cursor.execute(\"SELECT current_setting('webnet.customers')\")\n"
        "    answer.append(cursor.fetchone()[0])\n"
    )
    assert told[0] == 2
    with psycopg.connect(installation.env["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SELECT set_config('webnet.customers', %s, false)", [told[1]])
        assert seen(connection) == []


@pytest.mark.parametrize("part", ["web", "worker", "beat"])
def test_another_secret_key_stops_the_start(installation: TwoRoles, part: str) -> None:
    done = start(installation, part, SECRET_KEY=secrets.token_urlsafe(64))
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("webnet: the database does not know this SECRET_KEY: run `webnet migrate` with it.")


def test_a_database_without_the_wall_stops_the_start(installation: TwoRoles) -> None:
    url = urlsplit(installation.env["DATABASE_OWNER_URL"])
    done = start(installation, "web", DATABASE_URL=urlunsplit(url._replace(path="/postgres")))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "webnet: the database is not prepared for this role: run `webnet migrate`.\n"


def test_a_role_that_passes_by_stops_the_start(installation: TwoRoles) -> None:
    url = urlsplit(installation.env["DATABASE_OWNER_URL"])
    superuser = urlunsplit(url._replace(netloc=f"postgres:{url.password}@{url.hostname}:{url.port}"))
    try:
        psycopg.connect(superuser).close()
    except Error:
        pytest.skip("no superuser here to log in as")
    for part in ("web", "worker", "beat"):
        done = start(installation, part, DATABASE_URL=superuser)
        assert (done.returncode, done.stdout) == (2, "")
        (line,) = done.stderr.splitlines()
        assert line.startswith("webnet: the database role 'postgres' passes by row-level security")


def start(installation: Installation, part: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "webnet", part],
        cwd=BACKEND,
        env=installation.env | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
