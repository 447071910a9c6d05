"""bin/lock-check passes the lock files as they are and names each way in which they may be wrong."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.plumbing.conftest import Run


def test_lock_files_are_in_order(root: Path, run: Run) -> None:
    done = run(sys.executable, root / "bin/lock-check")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("pattern", "replacement", "fault"),
    [
        (r"(?m)^celery==\S+", "celery>=5", "celery is not pinned to one version"),
        (r"(?m)^celery==\S+", "celery==4.0.0", "celery 4.0.0 is not >="),
        (r"(?ms)^celery==.*?(?=^\S)", "", "lacks celery; run make lock"),
        (r"(?ms)^(celery==\S+) .*?(?=^\S)", r"\1\n", "celery has no hash"),
        (r"\A", "--index" + "-url https://example.net/simple\n", "names a host"),
    ],
)
def test_spoilt_lock_file_is_refused(tree: Path, run: Run, pattern: str, replacement: str, fault: str) -> None:
    lock = tree / "backend/requirements.txt"
    text, changes = re.subn(pattern, replacement, lock.read_text(), count=1)
    assert changes == 1
    lock.write_text(text)
    done = run(sys.executable, tree / "bin/lock-check")
    assert done.returncode == 1
    assert fault in done.stderr


def test_lock_files_of_different_versions_are_refused(tree: Path, run: Run) -> None:
    lock = tree / "backend/requirements-dev.txt"
    lock.write_text(re.sub(r"(?m)^amqp==\S+", "amqp==0.0.1", lock.read_text()))
    done = run(sys.executable, tree / "bin/lock-check")
    assert "amqp 0.0.1 is" in done.stderr
