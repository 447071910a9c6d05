"""What the machine has of what a lab wants, and how to add the rest on Debian and Ubuntu."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from lab.words import LabError, last_line

NEEDED = {
    "frr": "/usr/lib/frr/watchfrr",
    "frr-pythontools": "/usr/lib/frr/frr-reload.py",
    "lldpd": "lldpd",
    "openssh-server": "sshd",
    "openssh-client": "ssh-keygen",
    "iproute2": "ip",
    "iputils-ping": "ping",
    "openssl": "openssl",
    "procps": "sysctl",
    "util-linux": "unshare",
}
"""Debian's packages, each with a program that it brings."""
UNITS = {"frr": "frr", "lldpd": "lldpd", "openssh-server": "ssh"}
"""Services of the machine's own that come with them."""
PROBE = [
    *("unshare", "--net", "--mount", "--uts", "--ipc", "--pid", "--time", "--fork", "sh", "-ec"),
    "mount -t sysfs sysfs /sys; ip link add name lab0 type bridge; ip link add name lab1 type veth peer name lab2",
]
"""Makes what a lab is made of, in namespaces that are gone with it."""
ALSO_IN = "/usr/sbin:/sbin"


def missing() -> list[str]:
    """Names of the packages that are not there."""
    where = f"{os.environ.get('PATH', '')}:{ALSO_IN}"
    return [package for package, program in NEEDED.items() if not shutil.which(program, path=where)]


def why_not() -> str:
    """Why no lab can run here, in a sentence; empty when one can."""
    if not Path("/proc/self/ns/time").exists():
        return "a lab needs Linux with namespaces, also for time"
    if os.geteuid() != 0:
        return "a lab makes network namespaces, which only root may"
    if lacks := missing():
        return f"a lab needs packages that are not installed: {', '.join(lacks)} (bin/lab install)"
    # Root of a container is not allowed everything, and not every kernel has everything.
    done = subprocess.run(PROBE, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"a lab needs namespaces, bridges and virtual cables: {last_line(done.stderr)}"
    return ""


def demand() -> None:
    """Raises LabError when no lab can run here."""
    if reason := why_not():
        raise LabError(reason)


def install() -> None:
    """Add what is missing. Raises LabError when it cannot be had."""
    from machine import apt_install

    if not (lacks := missing()):
        return
    names = ", ".join(lacks)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise LabError(f"as root on Debian or Ubuntu this would install {names}")
    apt_install(lacks)
    # apt was kept from starting them; nor are they to come up with the machine's next start.
    units = [UNITS[package] for package in lacks if package in UNITS]
    if units and shutil.which("systemctl"):
        disable = ["systemctl", "--quiet", "disable", *units]
        subprocess.run(disable, stderr=subprocess.DEVNULL, check=False)
    if left := missing():
        raise LabError(f"not installed: {', '.join(left)}")
