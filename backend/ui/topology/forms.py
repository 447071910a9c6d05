"""The form by which an unknown neighbour becomes a device, filled in with what it says of itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from devices.enums import DeviceRole
from devices.models import Credential, Device, Site, hostname_validator
from devices.selectors import credentials_for, sites_for, without_secrets
from networkops.platforms import PLATFORMS
from topology.matching import name_key
from topology.models import Neighbour
from topology.services import add_as_device
from users.models import User

SPOKEN = {
    "frrouting": "frr",
    "arista": "eos",
    "junos": "junos_cli",
    "juniper": "junos_cli",
    "ios xr": "iosxr_cli",
    "nx-os": "nxos_ssh",
    "cisco": "ios",
    "huawei": "huawei",
    "comware": "hp_comware",
    "procurve": "hp_procurve",
    "routeros": "mikrotik_routeros",
    "fortigate": "fortinet",
    "linux": "linux",
}
"""Words in a neighbour's description, and the platform that they speak for; the first that is found counts."""


class NeighbourForm(forms.Form):
    hostname = forms.CharField(max_length=253, validators=[hostname_validator])
    platform = forms.ChoiceField(choices=[("", "Choose"), *((key, row.label) for key, row in PLATFORMS.items())])
    site: forms.ModelChoiceField[Site] = forms.ModelChoiceField(None, empty_label="Choose")
    port = forms.IntegerField(required=False, min_value=1, max_value=65535, help_text="Empty: the platform's own.")
    role = forms.ChoiceField(choices=DeviceRole.choices, initial=DeviceRole.OTHER)
    credential: forms.ModelChoiceField[Credential] = forms.ModelChoiceField(None, required=False, empty_label="None")

    def __init__(self, data: QueryDict | None, *, user: User, neighbour: Neighbour) -> None:
        super().__init__(data, initial=_said_by(neighbour))
        self.user, self.neighbour = user, neighbour
        customer = neighbour.customer_id
        self._field("site").queryset = sites_for(user).filter(customer=customer)
        self._field("credential").queryset = without_secrets(credentials_for(user)).filter(customer=customer)

    def _field(self, name: str) -> Any:
        return self.fields[name]

    def store(self) -> Device | None:
        """The device; None where it could not be made, and the form says why."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "port" or value is not None}
        try:
            return add_as_device(actor=self.user, neighbour=self.neighbour, **values)
        except ValidationError as error:
            if not hasattr(error, "error_dict"):
                self.add_error(None, error)
                return None
            for name, errors in error.error_dict.items():
                self.add_error(name if name in self.fields else None, ValidationError(errors))
            return None


def _said_by(neighbour: Neighbour) -> dict[str, Any]:
    """A guess at each field: name and platform as the neighbour says, place and login as whoever hears it."""
    said = f"{neighbour.description} {neighbour.name}".casefold()
    return {
        "hostname": name_key(neighbour.name),
        "platform": next((platform for word, platform in SPOKEN.items() if word in said), ""),
        "site": neighbour.device.site_id,
        "credential": neighbour.device.credential_id,
    }
