"""The files of one router: its own /etc, logs and homes, laid out in a folder that its namespaces mount."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
from pathlib import Path

from lab.plan import ACCOUNTS, PREFIX, Plan, Router
from lab.words import run

FIRST_ID = 2001
# What programs on Debian read from /etc; everything else of the host's, its secrets above all, a router does not see.
FROM_HOST = (
    *("alternatives", "bash.bashrc", "default", "host.conf", "ld.so.cache", "ld.so.conf", "ld.so.conf.d"),
    *("localtime", "login.defs", "nsswitch.conf", "os-release", "pam.conf", "pam.d", "profile", "protocols"),
    *("security", "services", "shells", "terminfo"),
)
SYSTEM_USERS = {"root", "nobody", "sshd", "frr", "_lldpd"}
# frrvty opens vtysh's sockets, frr reads the saved configuration, adm the logs, _lldpd asks the LLDP daemon.
GROUPS = {"frrvty", "frr", "adm", "_lldpd"}

DAEMONS = """\
bgpd=yes
ospfd=yes
vtysh_enable=yes
zebra_options="-A 127.0.0.1 -s 90000000"
bgpd_options="-A 127.0.0.1"
ospfd_options="-A 127.0.0.1"
staticd_options="-A 127.0.0.1"
"""
SSHD = """\
HostKey /etc/ssh/ssh_host_ed25519_key
PidFile /run/sshd.pid
UsePAM no
PasswordAuthentication yes
KbdInteractiveAuthentication no
PermitRootLogin no
UseDNS no
PrintMotd no
PrintLastLog no
MaxStartups 100:50:300
MaxSessions 50
Subsystem sftp internal-sftp
"""
LLDPD = """\
configure lldp tx-interval 1
configure lldp portidsubtype ifname
configure system interface pattern eth*
configure system ip management pattern {address}
"""
# Debian's file lacks the second line: vtysh then warns every user but root at each start.
PAM = "auth sufficient pam_permit.so\naccount sufficient pam_permit.so\n"


def write_router(folder: Path, plan: Plan, router: Router, hashed: str) -> None:
    """Everything below `folder`; accounts log in with the password that was hashed."""
    etc = folder / "etc"
    for name in ("frr", "ssh", "lldpd.d"):
        (etc / name).mkdir(parents=True)
    _copy_from_host(etc)
    _write_accounts(etc, hashed)
    (etc / "hostname").write_text(f"{router.hostname}\n")
    (etc / "hosts").write_text(f"127.0.0.1 localhost\n{router.address} {router.hostname}\n")
    (etc / "machine-id").write_text(hashlib.sha256(f"{plan.name} {router.hostname}".encode()).hexdigest()[:32] + "\n")
    (etc / "pam.d/frr").write_text(PAM)
    (etc / "ssh/sshd_config").write_text(SSHD)
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(etc / "ssh/ssh_host_ed25519_key"))
    (etc / "lldpd.d/lab.conf").write_text(LLDPD.format(address=router.address))
    (etc / "frr/daemons").write_text(DAEMONS)
    (etc / "frr/vtysh.conf").write_text("service integrated-vtysh-config\n")
    (etc / "frr/frr.conf").write_text(frr_conf(router))
    (folder / "log").mkdir()
    _own(etc / "frr", folder / "log")
    for number, name in enumerate(ACCOUNTS, FIRST_ID):
        (folder / "home" / name).mkdir(parents=True)
        os.chown(folder / "home" / name, number, number)


def host_key(folder: Path) -> str:
    """The router's public key as `"ssh-ed25519 AAAA…"`."""
    return (folder / "etc/ssh/ssh_host_ed25519_key.pub").read_text().strip()


def frr_conf(router: Router) -> str:
    """OSPF on every port and a BGP session over it. The management address stands here: who breaks it is locked out."""
    lines = [f"hostname {router.hostname}", "log file /var/log/frr/frr.log informational"]
    lines += ["service integrated-vtysh-config", "!"]
    lines += ["interface lo", f" ip address {router.loopback}/32", " ip ospf area 0", "exit", "!"]
    lines += ["interface mgmt0", " description management", f" ip address {router.address}/{PREFIX}", "exit", "!"]
    for port in router.ports:
        lines += [f"interface {port.name}", f" description to {port.peer} {port.peer_port}"]
        lines += [f" ip address {port.address}/31", " ip ospf area 0", " ip ospf network point-to-point"]
        lines += [" ip ospf hello-interval 1", " ip ospf dead-interval 4", " ip ospf retransmit-interval 3"]
        lines += ["exit", "!"]
    lines += [f"router bgp {router.asn}", f" bgp router-id {router.loopback}", " no bgp ebgp-requires-policy"]
    lines += [" timers bgp 3 9"]
    for port in router.ports:
        lines += [f" neighbor {port.peer_address} remote-as {port.peer_asn}"]
        lines += [f" neighbor {port.peer_address} description {port.peer}"]
        lines += [f" neighbor {port.peer_address} timers connect 1"]
    lines += [" !", " address-family ipv4 unicast", f"  network {router.loopback}/32", " exit-address-family"]
    lines += ["exit", "!", "router ospf", f" ospf router-id {router.loopback}", "exit", "!", "end", ""]
    return "\n".join(lines)


def _copy_from_host(etc: Path) -> None:
    for name in FROM_HOST:
        theirs = Path("/etc", name)
        if theirs.is_dir():
            shutil.copytree(theirs, etc / name, symlinks=True)
        elif theirs.exists():
            shutil.copy(theirs, etc / name)


def _write_accounts(etc: Path, hashed: str) -> None:
    users = [line for line in _lines("/etc/passwd") if line.split(":")[0] in SYSTEM_USERS]
    groups = [_with_members(line) for line in _lines("/etc/group")]
    shells = ("/bin/bash", "/usr/bin/vtysh")
    for number, (name, shell) in enumerate(zip(ACCOUNTS, shells, strict=True), FIRST_ID):
        users.append(f"{name}:x:{number}:{number}::/home/{name}:{shell}")
        groups.append(f"{name}:x:{number}:")
    shadow = [f"{name}:{hashed if name in ACCOUNTS else '*'}:19000:0:99999:7:::" for name in map(_first, users)]
    for file, rows in (("passwd", users), ("group", groups), ("shadow", shadow)):
        (etc / file).write_text("\n".join(rows) + "\n")
    (etc / "shadow").chmod(0o600)


def _with_members(line: str) -> str:
    name, password, number, members = line.split(":")
    if name in GROUPS:
        members = ",".join([*filter(None, members.split(",")), *ACCOUNTS])
    return ":".join((name, password, number, members))


def _own(*folders: Path) -> None:
    """FRR's own user writes them, and members of its group read them."""
    frr = pwd.getpwnam("frr")
    for folder in folders:
        for path in (folder, *folder.iterdir()):
            os.chown(path, frr.pw_uid, frr.pw_gid)
            path.chmod(0o770 if path.is_dir() else 0o640)


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


def _first(line: str) -> str:
    return line.split(":")[0]
