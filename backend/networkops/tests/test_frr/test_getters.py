"""NAPALM's own tests of getters, for those that the driver has."""

from __future__ import annotations

import pytest
from napalm.base.test.getters import BaseTestGetters

READ = {
    "test_method_signatures", "test_is_alive", "test_get_facts", "test_get_interfaces", "test_get_interfaces_counters",
    "test_get_interfaces_ip", "test_get_lldp_neighbors", "test_get_lldp_neighbors_detail", "test_get_bgp_neighbors",
    "test_get_arp_table", "test_get_arp_table_with_vrf", "test_get_config", "test_get_config_filtered",
    "test_get_config_sanitized", "test_get_config_sanitized_filtered", "test_ping",
}  # fmt: skip


@pytest.mark.usefixtures("set_device_parameters")
class TestGetters(BaseTestGetters):  # type: ignore[misc]
    """NAPALM skips what a driver lacks; here it is not there at all."""


for _name in vars(BaseTestGetters).keys() - READ:
    if _name.startswith("test_"):
        setattr(TestGetters, _name, None)
