"""bin/lab where it cannot do what is asked: a sentence, never a traceback."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.plumbing.conftest import Run

AS_NOBODY = """
import os, sys
sys.path[:0] = [sys.argv.pop(1)]
from lab import main, packages, labs, power
if os.geteuid() == 0:
    os.setuid(65534)
sys.exit(main.main())
"""


@pytest.mark.parametrize("name", ["../etc", "a/b", "", "UP"])
def test_name_that_is_none(run: Run, root: Path, name: str) -> None:
    done = run(root / "bin/lab", "--name", name, "inventory")
    assert done.returncode == 1
    assert done.stderr == f"lab: {name!r} is no name for a lab: small letters, digits and dashes, at most 20\n"


def test_lab_that_is_not_up(run: Run, root: Path) -> None:
    done = run(root / "bin/lab", "--name", f"none-{os.getpid()}", "inventory")
    assert (done.returncode, done.stderr) == (1, f"lab: no lab none-{os.getpid()} is up\n")


@pytest.mark.skipif(not Path("/proc/self/ns/time").exists(), reason="no namespaces on this machine")
def test_whoever_is_not_root(run: Run, root: Path) -> None:
    for command in (["missing"], ["up", "2"]):
        done = run(sys.executable, "-c", AS_NOBODY, root, "--name", f"none-{os.getpid()}", *command)
        assert (done.returncode, done.stderr) == (1, "lab: a lab makes network namespaces, which only root may\n")
