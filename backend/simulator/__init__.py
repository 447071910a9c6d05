"""Simulated network devices with a real SSH server and real state, for the demo, tests and benchmarks."""

from simulator.fleet import Fleet, FleetThread
from simulator.spec import DeviceSpec, Fault, FaultKind, Link, SpecError, load_specs

__all__ = ["DeviceSpec", "Fault", "FaultKind", "Fleet", "FleetThread", "Link", "SpecError", "load_specs"]
