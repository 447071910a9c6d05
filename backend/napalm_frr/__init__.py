"""The name under which NAPALM looks for a driver that is not its own: `get_network_driver("frr")` ends here."""

from networkops.drivers.frr import FRRDriver

__all__ = ["FRRDriver"]
