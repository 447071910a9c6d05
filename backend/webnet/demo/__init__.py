"""Demo data: three customers, five sites, sixty simulated devices, eight of them with a fault each."""
