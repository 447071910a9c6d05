"""bin/leaks finds what must not be committed, tracked or about to be, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plumbing.conftest import Run

# In two parts, so that this file is clean itself.
BAD = [
    "cd /ro" + "ot/webnet",
    "see /wo" + "rk/shared",
    "fil" + "e:///srv/wheels",
    '"resolved": "https://registry.npm' + 'js.org/x.tgz"',
    "https://files.python" + "hosted.org/x.whl",
    "--find" + "-links wheels",
    "-----BEGIN OPENSSH " + "PRIVATE KEY-----",
]
GOOD = ["a frame/work/of", "GET /api/v1/network/", "url(r'^/homepage/')", "--no-emit-find-links"]


@pytest.fixture
def repository(tree: Path, run: Run) -> Path:
    assert run("git", "init", "-q", tree).returncode == 0
    return tree


@pytest.mark.parametrize("line", BAD)
def test_leak_is_shown_with_its_line(repository: Path, run: Run, line: str) -> None:
    (repository / "notes.txt").write_text(f"fine\n{line}\n")
    done = run(repository / "bin/leaks")
    assert done.returncode == 1
    assert f"notes.txt:2:{line}" in done.stdout


def test_clean_tree_passes(repository: Path, run: Run) -> None:
    (repository / "notes.txt").write_text("\n".join(GOOD))
    done = run(repository / "bin/leaks")
    assert (done.returncode, done.stdout) == (0, "leaks: none\n")


def test_leaks_does_not_pass_where_it_cannot_look(tree: Path, run: Run) -> None:
    done = run(tree / "bin/leaks", GIT_CEILING_DIRECTORIES=str(tree.parent))
    assert done.returncode == 2
