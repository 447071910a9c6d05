"""The `webnet` command.

webnet up          web, worker and scheduler of an embedded installation, started and supervised
webnet demo        the same with demo customers, a fleet of simulated devices and a first backup
webnet web         pages, API and websockets          (services mode: run one or more of each)
webnet worker      runs jobs
webnet beat        the scheduler
webnet migrate     bring the database up to date
webnet createadmin NAME    an administrator of every customer; asks for the password
webnet changepassword NAME    a new password for an account; asks for it, and ends its login sessions and tokens
webnet dropsecondfactor NAME    turns off the second factor of who has lost phone and recovery codes
webnet audit verify [--customer SLUG]    whether a row of the audit trail was changed or removed since it was written
webnet seed-demo   bring the database up to date, write the demo's data and its devices
webnet lab-devices    routers of a lab become devices; reads what `bin/lab inventory` says on standard input
webnet fleet …     run simulated devices (`--help` says more)
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

WORKER_NICE = 10
"""Pages, live logs and terminals go before jobs where they share processors; with none to share it changes nothing."""


def main() -> None:
    """Run the named part; a setting that is missing or wrong is one line on stderr and exit code 2."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webnet.settings")
    name, *rest = sys.argv[1:] or ["help"]
    part = PARTS.get(name)
    if part is None:
        sys.stderr.write(
            f"{__doc__}\n" if name in {"help", "-h", "--help"} else f"webnet: no command {name!r}\n{__doc__}\n"
        )
        sys.exit(0 if name in {"help", "-h", "--help"} else 2)
    try:
        part(rest)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from django.core.exceptions import ImproperlyConfigured

        if not isinstance(error, ImproperlyConfigured):
            raise
        sys.exit(_refusal(str(error)))


def _ready() -> None:
    """Settings and apps. Raises ImproperlyConfigured when the environment does not hold what is needed."""
    import django
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        settings.DATA.mkdir(parents=True, exist_ok=True, mode=0o700)
        if settings.EMBEDDED:
            for name in ("messages", "control"):
                (settings.QUEUE_FOLDER / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"WEBNET_DATA={settings.DATA} cannot be written: {error.strerror}.") from error
    django.setup()


def _checked() -> None:
    """The same, for what goes on running: not without the wall between customers in the database."""
    _ready()
    from contextlib import suppress

    from django.db import InterfaceError, OperationalError

    from core.rls import check

    # where the database is away these parts wait for it, and each new connection is looked at
    with suppress(OperationalError, InterfaceError):
        check()


def _refusal(words: str) -> int:
    sys.stderr.write(f"webnet: {words}\n")
    return 2


def up(args: list[str]) -> None:
    from webnet.supervisor import run_up

    sys.exit(run_up())


def demo(args: list[str]) -> None:
    from webnet.demo.start import run_demo

    sys.exit(run_demo())


def web(args: list[str]) -> None:
    _checked()
    from webnet.web import serve

    serve(with_scheduler="--with-scheduler" in args)


def worker(args: list[str]) -> None:
    _checked()
    from django.conf import settings

    # the worker's system check would load every page and endpoint, which it never serves
    os.environ.setdefault("CELERY_SKIP_CHECKS", "1")
    from webnet.celery import app
    from webnet.parent import follow_parent

    follow_parent()
    _let_others_go_first()
    options = [
        "--loglevel=WARNING",
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
        "--optimization=fair",
    ]
    app.worker_main(["--quiet", "worker", f"--concurrency={settings.CELERY_WORKER_CONCURRENCY}", *options])


def _let_others_go_first() -> None:
    """Niceness counts inside a session alone where Linux weighs sessions (autogroups): one of our own is nice, too."""
    os.nice(WORKER_NICE)
    if os.getsid(0) != os.getpid():
        return
    for _ in range(5):
        try:
            Path("/proc/self/autogroup").write_text(str(WORKER_NICE), encoding="ascii")
            return
        except BlockingIOError:  # who is not root may do so ten times a second, all together
            time.sleep(0.2)
        except OSError:  # no such groups, or no right to: niceness is what there is
            return


def beat(args: list[str]) -> None:
    _checked()
    import signal
    import threading

    from webnet.scheduler import run_until

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run_until(stop)


def migrate(args: list[str]) -> None:
    _ready()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from core import rls
    from core.tenancy import EVERY, within

    user = connection.settings_dict["USER"]
    connection.settings_dict.update(settings.DATABASE_OWNER)
    with within(EVERY):
        call_command("migrate", verbosity=0, interactive=False)
    if settings.DATABASE_OWNER:
        rls.grant(user)


def fleet(args: list[str]) -> None:
    from simulator.__main__ import main as simulate
    from webnet.parent import follow_parent

    follow_parent()
    sys.argv[1:] = args
    sys.exit(simulate())


def seed_demo(args: list[str]) -> None:
    migrate(args)
    from django.conf import settings

    from core.tenancy import EVERY, within
    from webnet.demo import plan
    from webnet.demo.seed import seed

    folder = settings.DATA / "demo"
    plan.write_fleet(folder)  # here, as the demo's own process stays, and would stay larger
    with within(EVERY):
        seed(folder, plan.keep_secret(folder, "password"), plan.device_port(folder))


def createadmin(args: list[str]) -> None:
    _ready()
    from core.tenancy import EVERY, within
    from webnet.admin_account import create

    if len(args) != 1:
        sys.exit(_refusal("createadmin needs one name"))
    with within(EVERY):
        sys.exit(create(args[0]))


def audit(args: list[str]) -> None:
    _ready()
    from core.tenancy import EVERY, within
    from webnet.audit_command import run

    with within(EVERY):
        sys.exit(run(args))


def lab_devices(args: list[str]) -> None:
    _ready()
    from core.tenancy import EVERY, within
    from webnet.lab_devices import run

    with within(EVERY):
        sys.exit(run(sys.stdin.read()))


def changepassword(args: list[str]) -> None:
    _ready()
    from webnet.admin_account import change_password

    if len(args) != 1:
        sys.exit(_refusal("changepassword needs one name"))
    sys.exit(change_password(args[0]))


def dropsecondfactor(args: list[str]) -> None:
    _ready()
    from webnet.admin_account import drop_second_factor

    if len(args) != 1:
        sys.exit(_refusal("dropsecondfactor needs one name"))
    sys.exit(drop_second_factor(args[0]))


PARTS: dict[str, Callable[[list[str]], None]] = {
    "up": up,
    "demo": demo,
    "web": web,
    "worker": worker,
    "beat": beat,
    "migrate": migrate,
    "fleet": fleet,
    "seed-demo": seed_demo,
    "createadmin": createadmin,
    "changepassword": changepassword,
    "dropsecondfactor": dropsecondfactor,
    "audit": audit,
    "lab-devices": lab_devices,
}
