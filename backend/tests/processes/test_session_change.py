"""What an operator types at a device's terminal is found by a worker's backup, and said with their name."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from simulator import DeviceSpec, FleetThread
from tests.processes.conftest import wait_until
from tests.processes.installation import Installation
from tests.processes.test_kill import LOGIN, SEED, START, look
from tests.processes.test_terminal import opened

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

OPERATOR = """
from customers.models import Customer
from users.models import User
user = User.objects.create_user("night-shift", role="operator")
user.customers.set(Customer.objects.all())
answer = user.pk
"""
AS_OPERATOR = """
from django.test import Client
from django.urls import reverse
from api.auth.tokens import pair_for
from devices.models import Device
from terminals.models import TerminalSession
from users.models import User
user = User.objects.get(pk=pk)
browser = Client()
browser.force_login(user)
answer = {
    "token": pair_for(user)["access"],
    "cookies": {name: cookie.value for name, cookie in browser.cookies.items()},
    "device": Device.objects.get().pk,
    "page": reverse("ui:terminal_replay", args=[1]),
}
"""
AUDITED = """
from core.models import AuditEvent
rows = AuditEvent.objects.filter(action__in=["terminal.config_changed", "job.start"]).order_by("pk")
answer = [[row.action, row.actor_name, row.correlation_id] for row in rows]
"""
TYPED = "ip domain name changed.example"


def test_a_change_typed_at_a_terminal_is_told_with_its_difference(installation: Installation) -> None:
    with FleetThread([DeviceSpec("r1", username=LOGIN["username"], password=LOGIN["password"])]) as fleet:
        installation.python(SEED, login=LOGIN, ports=fleet.ports)
        installation.python(START)
        operator = installation.python(OPERATOR)
        installation.start_all()
        with look(installation) as ask:
            status = "SELECT status FROM jobs_job ORDER BY id"
            wait_until(lambda: ask(status) == [("succeeded",)], 90, "the backup before the session")
        about = installation.python(AS_OPERATOR, pk=operator)

        client = opened(installation.port, about)
        session = client.told("opened")["session"]
        for line in ("configure terminal", TYPED, "end"):
            client.say(line)
        client.until(lambda: client.shown.rstrip().endswith(b"r1#"))
        client.socket.send(b"exit\r")
        client.told("closed")

        found = wait_until(lambda: judged(installation, about, session), 90, "the backup after the session")
        assert TYPED in fleet["r1"].running_config
    assert (found["config_check"], found["username"], found["user"]) == ("changed", "night-shift", operator)
    [change] = found["changes"]
    before, after = (lines_of(installation, about, change[side]) for side in ("before", "after"))
    assert after - before == {TYPED}

    job = ask_api(installation, about, f"jobs/{found['backup']}/")
    assert (job["kind"], job["status"], job["requested_by"]["id"]) == ("config_backup", "succeeded", operator)
    audited = installation.python(AUDITED)
    mine = [row for row in audited if row[1] == "night-shift"]
    assert [row[0] for row in mine] == ["job.start", "terminal.config_changed"]
    assert mine[0][2] == found["correlation_id"]

    path = about["page"].replace("1", str(session))
    page = httpx.get(f"http://127.0.0.1:{installation.port}{path}", cookies=about["cookies"], timeout=30)
    assert page.status_code == 200
    assert "Configuration changed during this session" in page.text
    assert "changed.example" in page.text


def ask_api(installation: Installation, about: dict[str, Any], path: str) -> dict[str, Any]:
    answer = httpx.get(
        f"http://127.0.0.1:{installation.port}/api/v1/{path}",
        headers={"Authorization": f"Bearer {about['token']}"},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    read: dict[str, Any] = answer.json()
    return read


def judged(installation: Installation, about: dict[str, Any], session: int) -> dict[str, Any] | None:
    found = ask_api(installation, about, f"sessions/{session}/")
    return found if found["config_check"] not in ("", "waiting") else None


def lines_of(installation: Installation, about: dict[str, Any], snapshot: int) -> set[str]:
    """Of a configuration, without the two that change by themselves."""
    text = ask_api(installation, about, f"snapshots/{snapshot}/")["text"]
    return {line for line in text.splitlines() if not line.startswith(("! Last", "Current configuration"))}
