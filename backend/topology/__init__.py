"""Links between devices, as LLDP and CDP on the devices tell them."""
