"""Secrets go through a whole installation at the most talkative log level, and are looked for wherever it writes."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from websockets.sync.client import connect

from simulator import DeviceSpec, FleetThread
from tests.processes.conftest import wait_until
from tests.processes.installation import Installation

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SEED = """
from customers.models import Customer
from devices.models import Credential, Device, Site
from users.models import User
customer = Customer.objects.create(name="Acme", slug="acme")
site = Site.objects.create(customer=customer, name="Frankfurt")
right = Credential.objects.create(
    customer=customer, name="right", username="netops", password=device, enable_secret=enable, private_key=""
)
wrong = Credential.objects.create(customer=customer, name="wrong", username="netops", password=wrong_device)
for name, port in ports.items():
    credential = wrong if name == "refused" else right
    Device.objects.create(
        customer=customer, site=site, credential=credential, platform="ios", hostname=name, mgmt_ip="127.0.0.1",
        port=port,
    )
user = User.objects.create_user("boss", password=password, role="admin", email="boss@acme.example")
user.customers.add(customer)
answer = {"customer": customer.pk, "devices": list(Device.objects.values_list("pk", flat=True))}
"""
BREAK = """
from config_mgmt.models import ConfigSnapshot, ConfigText
ConfigText.objects.update(packed=b"no longer what it was")
answer = ConfigSnapshot.objects.values_list("pk", flat=True).first()
"""
WRITTEN = """
from django.apps import apps
from django.core import serializers
kept = ("core.AuditEvent", "jobs.Job", "jobs.JobLog", "jobs.JobTarget")
answer = [serializers.serialize("json", apps.get_model(label).objects.all()) for label in kept]
"""


def new_secret() -> str:
    return f"Zq{secrets.token_hex(14)}"


@pytest.fixture
def seeded() -> dict[str, str]:
    names = (
        "password", "wrong password", "device", "wrong device", "enable", "planted", "metrics", "config secret",
        "config community", "api password", "api enable", "no private key", "guessed key", "guessed token",
    )  # fmt: skip
    return {name: new_secret() for name in names}


@pytest.fixture
def installation(tmp_path: Path, seeded: dict[str, str]) -> Iterator[Installation]:
    made = Installation(
        tmp_path, embedded="TEST_DATABASE_URL" not in os.environ, LOG_LEVEL="DEBUG", METRICS_TOKEN=seeded["metrics"],
        WEBNET_THREADS="5",
    )  # fmt: skip
    try:
        yield made
    finally:
        made.stop()


def private_key() -> str:
    key = ed25519.Ed25519PrivateKey.generate()
    form = serialization.PrivateFormat.OpenSSH
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


class Caller:
    """Uses the product as people and systems do, and keeps every answer that should hold no secret."""

    def __init__(self, installation: Installation, seeded: dict[str, str]) -> None:
        base = f"http://127.0.0.1:{installation.port}"
        self.page = httpx.Client(base_url=base, trust_env=False, timeout=30)
        self.api = httpx.Client(base_url=f"{base}/api/v1/", trust_env=False, timeout=30)
        self.seeded = seeded
        self.answers: list[str] = []

    def close(self) -> None:
        self.page.close()
        self.api.close()

    def keep(self, answer: httpx.Response, *expected: int) -> Any:
        assert answer.status_code in expected, (answer.request.url, answer.status_code, answer.text[:500])
        self.answers.append(answer.text)
        return answer.json() if "json" in answer.headers.get("Content-Type", "") else answer.text

    def log_in_to_pages(self) -> None:
        for password, expected in (("wrong password", 200), ("password", 302)):
            self.keep(self.page.get("/login/"), 200)
            form = {"username": "boss", "password": self.seeded[password]}
            form["csrfmiddlewaretoken"] = self.page.cookies["csrftoken"]
            self.keep(self.page.post("/login/", data=form), expected)
        self.seeded["session"] = self.page.cookies["sessionid"]
        self.keep(self.page.get("/"), 200)

    def log_in_to_the_api(self) -> None:
        login = {"username": "boss", "password": self.seeded["password"]}
        self.keep(self.api.post("auth/login/", json={**login, "password": self.seeded["wrong password"]}), 400, 401)
        pair = self.api.post("auth/login/", json=login).json()
        again = self.api.post("auth/refresh/", json={"refresh": pair["refresh"]}).json()
        self.seeded |= {"first refresh": pair["refresh"], "first access": pair["access"]}
        self.seeded |= {"refresh": again["refresh"], "access": again["access"]}
        for header in (f"Bearer {self.seeded['guessed token']}", f"Api-Key abcdef123456.{self.seeded['guessed key']}"):
            self.keep(self.api.get("devices/", headers={"Authorization": header}), 401)
        self.api.headers["Authorization"] = f"Bearer {again['access']}"

    def make_a_key(self) -> None:
        made = self.api.post("api-keys/", json={"name": "a key", "scopes": ["read"]})
        assert made.status_code == 201, made.text
        text = made.json()["key"]
        self.seeded["key"] = text.partition(".")[2]
        self.keep(self.api.get("devices/", headers={"Authorization": f"Api-Key {text}"}), 200)

    def make_a_credential(self, customer: int) -> None:
        body = {
            "customer": customer, "name": "by the API", "username": "netops", "password": self.seeded["api password"],
            "enable_secret": self.seeded["api enable"], "private_key": private_key(),
        }  # fmt: skip
        self.seeded["private key"] = body["private_key"].splitlines()[2]
        self.keep(self.api.post("credentials/", json=body), 201)
        self.keep(self.api.post("credentials/", json=body), 400, 409)
        self.keep(self.api.post("credentials/", json={**body, "name": 5, "no_such": 1}), 400)
        self.keep(self.api.post("credentials/", json={**body, "private_key": self.seeded["no private key"]}), 400)


def found(texts: list[str], seeded: dict[str, str]) -> set[str]:
    """Which of the secrets stand in the texts."""
    return {name for name, secret in seeded.items() for text in texts if secret in text}


def written(installation: Installation) -> list[str]:
    """Logs of all processes, and what the database keeps of jobs and of who did what."""
    logs = [path.read_text(errors="replace") for path in installation.data.rglob("*.log")]
    assert sum(map(len, logs)) > 1000
    return logs + installation.python(WRITTEN)


@pytest.fixture
def caller(installation: Installation, seeded: dict[str, str]) -> Iterator[Caller]:
    with closing(Caller(installation, seeded)) as made:
        yield made


def test_no_secret_is_written_anywhere(installation: Installation, seeded: dict[str, str], caller: Caller) -> None:
    config = (
        f"hostname ok\nenable secret 0 {seeded['enable']}\nusername netops privilege 15 secret 0 {seeded['device']}\n"
        f"username other secret 0 {seeded['config secret']}\nsnmp-server community {seeded['config community']} RO\n"
        "interface Loopback0\n description x\nend\n"
    )
    login = {"username": "netops", "password": seeded["device"], "enable_secret": seeded["enable"]}
    specs = [DeviceSpec("ok", config=config, **login), DeviceSpec("refused", **login)]
    with FleetThread(specs) as fleet:
        given = {name.replace(" ", "_"): value for name, value in seeded.items()}
        known = installation.python(SEED, ports=fleet.ports, **given)
        installation.start_all()
        wait_until(lambda: is_up(caller), 90, "pages answer")
        caller.log_in_to_pages()
        caller.log_in_to_the_api()
        caller.make_a_key()
        caller.make_a_credential(known["customer"])
        job = {"kind": "config_backup", "customer": known["customer"], "devices": known["devices"]}
        job_id = caller.keep(caller.api.post("jobs/", json=job), 201)["id"]
        follow(installation, job_id, seeded["access"])
        ended = wait_until(lambda: job_ended(caller, job_id), 90, "the backup has ended")
        assert ended["status"] == "partial", ended
    for url in (f"jobs/{job_id}/", f"jobs/{job_id}/logs/", f"jobs/{job_id}/targets/", "snapshots/", "devices/"):
        caller.keep(caller.api.get(url), 200)
    snapshot = caller.keep(caller.api.get("snapshots/"), 200)["results"][0]["id"]
    caller.keep(caller.page.get(f"/snapshots/{snapshot}/"), 200)
    caller.keep(caller.page.get(f"/snapshots/{snapshot}/download/"), 200)
    broken = installation.python(BREAK)
    caller.keep(caller.page.get(f"/snapshots/{broken}/", params={"token": seeded["access"]}), 500)
    caller.keep(caller.api.get(f"no-such/{seeded['planted']}/"), 404)  # an address is logged: so this one is found
    metrics = {"Authorization": f"Bearer {seeded['metrics']}"}
    caller.keep(httpx.get(f"{caller.page.base_url}/metrics", headers=metrics, trust_env=False), 200)
    caller.keep(caller.api.post("auth/logout/", json={"refresh": seeded["refresh"]}), 204, 200)
    seeded |= keys_of(installation)
    assert found([*written(installation), *caller.answers], seeded) == {"planted"}


def is_up(caller: Caller) -> bool:
    try:
        return caller.page.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def job_ended(caller: Caller, job_id: int) -> Any:
    job = caller.api.get(f"jobs/{job_id}/").json()
    return job if job["finished_at"] else None


def follow(installation: Installation, job_id: int, token: str) -> None:
    """The live log, with the token in the query, as a client does that can set no header."""
    address = f"ws://127.0.0.1:{installation.port}/ws/jobs/{job_id}/?token={token}&after=0"
    with connect(address, proxy=None) as socket:
        assert json.loads(socket.recv(timeout=30))["type"] in {"log", "status"}


def keys_of(installation: Installation) -> dict[str, str]:
    """What the installation signs and encrypts with."""
    code = "from django.conf import settings\nanswer = [settings.SECRET_KEY, *settings.ENCRYPTION_KEYS]"
    return {f"installation key {number}": str(key) for number, key in enumerate(installation.python(code))}
