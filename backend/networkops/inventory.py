"""From rows of devices to plain host specs: the one Django-aware module of this package."""

from __future__ import annotations

from collections.abc import Mapping

from core.crypto import CannotDecrypt
from devices.models import Credential, Device
from networkops.errors import NotConfigured
from networkops.platforms import PLATFORMS
from networkops.types import HostSpec


def host_specs(devices: Mapping[int, tuple[Device, int]], *, needs_login: bool) -> dict[int, HostSpec | NotConfigured]:
    """Specs by key, of `{key: (device, number of its first try)}`; an error in place of a spec that cannot be made."""
    wanted = {device.credential_id for device, _ in devices.values() if device.credential_id} if needs_login else set()
    credentials = {pk: _credential(pk) for pk in wanted}
    specs: dict[int, HostSpec | NotConfigured] = {}
    for key, (device, attempt) in devices.items():
        try:
            credential = credentials.get(device.credential_id or 0)
            specs[key] = _spec(key, device, attempt, credential, needs_login=needs_login)
        except NotConfigured as error:
            specs[key] = error
    return specs


def _spec(
    key: int, device: Device, attempt: int, credential: Credential | NotConfigured | None, *, needs_login: bool
) -> HostSpec:
    if device.platform not in PLATFORMS:
        raise NotConfigured(f"The platform {device.platform!r} is unknown.")
    if isinstance(credential, NotConfigured):
        raise credential
    if needs_login and credential is None:
        raise NotConfigured("The device has no credential.")
    return HostSpec(
        key=key,
        hostname=device.hostname,
        address=device.mgmt_ip,
        port=device.port,
        platform=device.platform,
        username=credential.username if credential else "",
        password=credential.password if credential else "",
        enable_secret=credential.enable_secret if credential else "",
        private_key=credential.private_key if credential else "",
        host_key=device.host_key,
        options=device.connection_options,
        attempt=attempt,
        rate_keys=(f"site:{device.site_id}", f"credential:{credential.pk}") if credential else (),
    )


def _credential(pk: int) -> Credential | NotConfigured:
    try:
        # one by one: a row that cannot be decrypted must not fail the others' query
        return Credential.objects.get(pk=pk)
    except CannotDecrypt as error:
        return NotConfigured(str(error))
