"""What a device said, through the handler that jobs use."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from devices.models import Device
from discovery.services import keep_facts
from jobs.kinds import Finished, Outcome
from jobs.models import Job, JobTarget
from networkops.errors import NetworkError
from networkops.facts.types import FactsRead, InterfaceSeen


def seen(*interfaces: InterfaceSeen | str, **values: Any) -> FactsRead:
    """Of a Catalyst with these interfaces, unless `values` say otherwise."""
    rows = tuple(InterfaceSeen(one) if isinstance(one, str) else one for one in interfaces)
    facts = {
        "vendor": "Cisco", "model": "C9300", "serial": "FOC1", "os_version": "17.9", "hostname": "r1",
        "uptime_s": 3600, "interfaces": rows,
    }  # fmt: skip
    return FactsRead(**facts | values)


def keep(*devices: Device, found: FactsRead | None = None, error: NetworkError | None = None) -> list[Outcome]:
    """What a job makes of it, a device each."""
    job = Job.objects.create(customer=devices[0].customer, kind="refresh_facts", correlation_id="test")
    targets = [JobTarget.objects.create(job=job, customer=job.customer, device=device) for device in devices]
    with transaction.atomic():
        outcomes = keep_facts(job, [Finished(target, found, error) for target in targets])
    return [outcomes[target.pk] for target in targets]
