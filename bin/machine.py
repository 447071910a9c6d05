"""What the machine has of what the tests want, and how to add the rest on Debian and Ubuntu. Standard library only."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

LEFT_OUT = {
    "PostgreSQL": "left out: the run of the suite on PostgreSQL and Redis (PostgreSQL is not installed)",
    "Redis": "left out: the run of the suite on PostgreSQL and Redis (Redis is not installed)",
    "Chromium": "left out: the tests in a real browser (no Chromium; WEBNET_CHROMIUM can name one)",
}
PACKAGES = {"PostgreSQL": "postgresql", "Redis": "redis-server", "Chromium": "chromium"}
URLS = ("TEST_DATABASE_URL", "TEST_REDIS_URL")


def say(text: str) -> None:
    """One line for the person who waits."""
    print(f"services: {text}", file=sys.stderr, flush=True)


def postgres_bin() -> Path | None:
    """The directory of PostgreSQL's server programs, the newest version first."""
    on_path = shutil.which("initdb")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    candidates += sorted(
        installed, key=lambda path: [int(part) for part in re.findall(r"\d+", str(path))], reverse=True
    )
    return next((path for path in candidates if (path / "initdb").exists() and (path / "postgres").exists()), None)


def redis_server() -> str | None:
    """Path of a Redis server, or of Valkey, its drop-in fork."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


def chromium() -> str | None:
    """Path of a Chromium that is a browser and not Ubuntu's pointer to a snap."""
    named = os.environ.get("WEBNET_CHROMIUM")
    if named:
        return shutil.which(named)
    for name in ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser"):
        path = shutil.which(name)
        if path and not is_snap_pointer(path):
            return path
    return None


def is_snap_pointer(path: str) -> bool:
    """Ubuntu installs a script in Chromium's place that only tells to install a snap."""
    with Path(path).open("rb") as program:
        return b"snap install" in program.read(4096)


def missing() -> list[str]:
    """Names of what the machine lacks; servers given by URL count as there."""
    lacks = []
    if not all(os.environ.get(name) for name in URLS):
        lacks += [] if postgres_bin() else ["PostgreSQL"]
        lacks += [] if redis_server() else ["Redis"]
    return lacks + ([] if chromium() else ["Chromium"])


# Installing


def install() -> None:
    """Add the missing Debian packages where that is possible, and say what is then still missing."""
    lacks = missing()
    wanted = [PACKAGES[name] for name in lacks if name != "Chromium" or is_debian()]
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        apt_install(wanted)
    lacks = missing()
    for name in lacks:
        say(LEFT_OUT[name])
    if lacks and os.geteuid() != 0:
        say(f"to have them: install {', '.join(PACKAGES[name] for name in lacks)} (names of the Debian packages)")


def is_debian() -> bool:
    """Debian itself: Ubuntu has no Chromium package that runs in a container."""
    try:
        return "\nID=debian" in "\n" + Path("/etc/os-release").read_text()
    except OSError:
        return False


def apt_install(packages: list[str]) -> None:
    """Install packages without letting them start servers or create a database cluster of their own."""
    say(f"installing {', '.join(packages)} (Debian packages)")
    created = forbid_own_services()
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=2"]
    try:
        for arguments in (["update"], ["install", "--no-install-recommends", "-y", *packages]):
            done = subprocess.run(
                apt + arguments, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
            )
            if done.returncode:
                last = (done.stderr.strip().splitlines() or ["no message"])[-1]
                say(f"apt-get {arguments[0]} failed: {last}")
    finally:
        for path in created:
            path.unlink(missing_ok=True)


def forbid_own_services() -> list[Path]:
    """Write the two files by which Debian is told so; returns those that were not there before."""
    wanted = {
        Path("/usr/sbin/policy-rc.d"): "#!/bin/sh\nexit 101\n",
        Path("/etc/postgresql-common/createcluster.d/webnet-tests.conf"): "create_main_cluster = false\n",
    }
    created = []
    for path, text in wanted.items():
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        created.append(path)
    return created
