"""bin/bootstrap says in words what it lacks, and takes nothing away before it knows that it can replace it."""

from __future__ import annotations

from pathlib import Path

from tests.plumbing.conftest import Run


def test_bootstrap_refuses_an_unknown_set(tree: Path, run: Run) -> None:
    done = run(tree / "bin/bootstrap", "everything")
    assert done.returncode == 1
    assert done.stderr == "webnet setup: unknown set of requirements 'everything': give runtime or dev\n"


def test_bootstrap_names_a_python_that_is_no_command(tree: Path, run: Run) -> None:
    done = run(tree / "bin/bootstrap", PYTHON="python-that-is-not-there")
    assert done.returncode == 1
    assert done.stderr == "webnet setup: PYTHON=python-that-is-not-there is no command\n"


def test_bootstrap_keeps_the_environment_when_the_wished_python_is_too_old(tree: Path, run: Run) -> None:
    old = tree / "old-python"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo "Python 3.10.9"\n[ "$1" = -V ]\n')
    old.chmod(0o755)
    (tree / ".venv").mkdir()
    (tree / ".venv/precious").touch()
    done = run(tree / "bin/bootstrap", PYTHON=str(old))
    assert done.returncode == 1
    assert done.stderr == f"webnet setup: PYTHON={old} is Python 3.10.9; webnet needs Python 3.11, 3.12 or 3.13\n"
    assert (tree / ".venv/precious").exists()


def test_bootstrap_says_which_package_makes_virtual_environments(tree: Path, run: Run) -> None:
    bare = tree / "bare-python"  # as Debian's python3 without python3-venv and python3-pip
    bare.write_text(
        '#!/bin/sh\ncase "$*" in\n  -V) echo "Python 3.11.2" ;;\n  *"import ensurepip"*|*"import pip"*) exit 1 ;;\n'
        '  *"apt install"*) echo "apt install python3.11-venv" ;;\nesac\n'
    )
    bare.chmod(0o755)
    # A PATH with what the script itself needs, and neither virtualenv nor uv.
    done = run(tree / "bin/bootstrap", PYTHON=str(bare), PATH="/usr/bin:/bin")
    assert done.returncode == 1
    assert "install its venv package (apt install python3.11-venv on Debian and Ubuntu)" in done.stderr
    assert not (tree / ".venv").exists()
