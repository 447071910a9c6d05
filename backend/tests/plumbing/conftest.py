"""What the tests of scripts share."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def root() -> Path:
    """The top of the project."""
    return ROOT


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """An empty project with our scripts in it, which a test may spoil."""
    (tmp_path / "backend").mkdir()
    shutil.copytree(ROOT / "bin", tmp_path / "bin")
    for name in ("pyproject.toml", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / "backend" / name, tmp_path / "backend" / name)
    return tmp_path


@pytest.fixture
def clean_environment() -> dict[str, str]:
    """Our environment without what would point a script at running servers or another Python."""
    hidden = {"TEST_DATABASE_URL", "TEST_REDIS_URL", "PYTHON"}
    return {name: value for name, value in os.environ.items() if name not in hidden}


@pytest.fixture
def run(clean_environment: dict[str, str]) -> Run:
    """Run a command to its end and return what it said."""

    def _run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(part) for part in command],
            env=clean_environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return _run
