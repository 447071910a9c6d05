"""A Python client made from the kept schema does a day's work against a running installation."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from simulator import Fleet
from tests.e2e.conftest import NAMES, PASSWORD
from tests.processes.conftest import wait_until
from tests.processes.installation import Installation

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

Part = Callable[[str], Any]


@pytest.fixture
def part(tmp_path: Path) -> Iterator[Part]:
    """`part("api.jobs.jobs_list")`: a module of the client that `make client` makes."""
    made = tmp_path / "client"
    command = [str(settings.ROOT / "bin/schema"), "client", str(made)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(made))
    try:
        yield lambda name: importlib.import_module(f"webnet_client.{name}")
    finally:
        sys.path.remove(str(made))
        for name in [name for name in sys.modules if name.partition(".")[0] == "webnet_client"]:
            del sys.modules[name]


def test_login_devices_job_and_log(part: Part, site: Installation, fleet: Fleet) -> None:
    url = f"http://127.0.0.1:{site.port}"
    models, client = part("models"), part("client")
    with client.Client(base_url=url, raise_on_unexpected_status=True) as anonymous:
        credentials = models.LoginInput(username="operator", password=PASSWORD)
        tokens = part("api.auth.auth_login").sync(client=anonymous, body=credentials)
    with client.AuthenticatedClient(base_url=url, token=tokens.access, raise_on_unexpected_status=True) as webnet:
        devices = part("api.devices.devices_list").sync(client=webnet, ordering="hostname", page_size=2)
        assert [device.hostname for device in devices.results] == NAMES[:2]
        first = devices.results[0]

        device = models.DeviceInput.from_dict(
            {
                "customer": first.customer, "hostname": "made-by-client", "mgmt_ip": "127.0.0.1",
                "port": fleet.ports[NAMES[0]], "platform": "ios", "site": first.site.id,
            }
        )  # fmt: skip
        refused = part("api.devices.devices_create").sync(client=webnet, body=device)
        assert isinstance(refused, models.Problem)  # its address and port are another's
        device.mgmt_ip = "127.0.0.2"
        made = part("api.devices.devices_create").sync(client=webnet, body=device, idempotency_key="once")
        again = part("api.devices.devices_create").sync(client=webnet, body=device, idempotency_key="once")
        assert made.hostname == "made-by-client"
        assert again.id == made.id

        wanted = models.NewJob(kind=models.JobKind.CONFIG_BACKUP, customer=first.customer, devices=[first.id])
        job = part("api.jobs.jobs_create").sync(client=webnet, body=wanted)
        assert job.counts.total == 1

        def read() -> Any:
            log = part("api.jobs.jobs_logs").sync(id=job.id, client=webnet)
            return log if log.complete else None

        log = wait_until(read, 60, "the job has ended")
        assert any("configuration stored" in line.text for line in log.lines)
        assert part("api.jobs.jobs_retrieve").sync(id=job.id, client=webnet).status == models.JobStatus.SUCCEEDED
