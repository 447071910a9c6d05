"""What views may not touch, read from the source; and the contracts of import-linter."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

BACKEND = Path(__file__).resolve().parents[2]
NEVER_IMPORTED = ("celery", "nornir", "napalm", "netmiko", "webnet")
NEVER_NAMED = {"objects", "_default_manager", "_base_manager"}
WRITES = {"save", "bulk_create", "bulk_update", "update_or_create", "get_or_create", "select_for_update", "raw"}

FILES = [
    path
    for app in ("ui", "api")
    for path in sorted((BACKEND / app).rglob("*.py"))
    if "tests" not in path.relative_to(BACKEND).parts
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(BACKEND)))
def test_views_call_selectors_and_services_only(path: Path) -> None:
    assert list(faults(path.read_text())) == []


def faults(source: str) -> Iterator[str]:
    """What a page or an endpoint has no business with, with its line."""
    nodes = list(ast.walk(ast.parse(source)))
    # `Model.objects.none()` reads nothing: a form field wants one until it has the user's rows
    empty = {id(node.value) for node in nodes if isinstance(node, ast.Attribute) and node.attr == "none"}
    for node in nodes:
        if isinstance(node, ast.Attribute) and node.attr in NEVER_NAMED and id(node) not in empty:
            yield f"line {node.lineno}: .{node.attr}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            yield f"line {node.lineno}: .{node.func.attr}()"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from _imports(node)


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
    for alias in node.names:
        name = f"{module}.{alias.name}".lstrip(".")
        if name.split(".")[0] in NEVER_IMPORTED or name.startswith("django.db.transaction") or ".tasks" in name:
            yield f"line {node.lineno}: imports {name}"


@pytest.mark.parametrize(
    "source",
    [
        "Device.objects.all()", "Device._default_manager.get(pk=1)", "device.save()", "import celery",
        "from django.db import transaction", "from django.db.transaction import atomic", "from jobs.tasks import x",
        "from nornir.core import Nornir", "Job.objects", "rows.select_for_update()",
    ],
)  # fmt: skip
def test_a_fault_is_found(source: str) -> None:
    assert list(faults(source))


@pytest.mark.parametrize(
    "source", ["devices_for(user).filter(pk=1)", "from jobs.services import start_job", "Device.objects.none()"]
)
def test_what_is_right_is_no_fault(source: str) -> None:
    assert not list(faults(source))


def test_no_file_is_a_tower() -> None:
    """A file past 400 lines wants a folder."""
    ours = ("api", "config_mgmt", "core", "customers", "devices", "jobs", "networkops", "simulator", "ui", "users")
    long = {
        str(path.relative_to(BACKEND)): lines
        for app in ours
        for path in (BACKEND / app).rglob("*.py")
        if "migrations" not in path.parts and (lines := path.read_text().count("\n")) > 400
    }
    assert long == {}
