"""FRRouting over SSH: a Netmiko connection and a NAPALM driver, which `get_network_driver("frr")` finds."""

from __future__ import annotations

from networkops.drivers.frr.driver import FRRDriver
from networkops.drivers.frr.ssh import FrrSSH

__all__ = ["FRRDriver", "FrrSSH"]
