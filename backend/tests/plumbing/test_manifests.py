"""Compose file, Kubernetes manifests and CI workflow: sound in themselves and in step with the settings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

OURS = ("migrate", "web", "worker", "beat")


def load(path: Path) -> list[Any]:
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


@pytest.fixture
def compose(root: Path) -> dict[str, Any]:
    [document] = load(root / "docker/compose.yaml")
    return dict(document)


@pytest.fixture
def pods(root: Path) -> dict[str, dict[str, Any]]:
    """Pod specifications by the name of their workload."""
    documents = [document for path in sorted((root / "k8s").glob("*.yaml")) for document in load(path)]
    return {
        item["metadata"]["name"]: item["spec"]["template"]["spec"]
        for item in documents
        if "template" in item.get("spec", {})
    }


@pytest.fixture
def read_by_settings(root: Path) -> set[str]:
    """Every name that the product reads from its environment."""
    text = "".join(path.read_text() for path in (root / "backend/webnet").glob("*.py"))
    names = set(re.findall(r"\"([A-Z][A-Z_]+)\"", text))
    return names | {f"{name}_FILE" for name in names}


def test_compose_sets_only_what_the_product_reads(compose: dict[str, Any], read_by_settings: set[str]) -> None:
    for name in OURS:
        assert set(compose["services"][name]["environment"]) <= read_by_settings


def test_kubernetes_sets_only_what_the_product_reads(root: Path, read_by_settings: set[str]) -> None:
    [document] = load(root / "k8s/kustomization.yaml")
    [configuration] = document["configMapGenerator"]
    assert {literal.split("=")[0] for literal in configuration["literals"]} <= read_by_settings


def test_kustomization_lists_every_manifest(root: Path) -> None:
    [document] = load(root / "k8s/kustomization.yaml")
    assert sorted(document["resources"]) == sorted(
        path.name for path in (root / "k8s").glob("*.yaml") if path.name != "kustomization.yaml"
    )


def test_compose_secrets_are_files_and_declared(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(service.get("secrets", [])) <= set(compose["secrets"])
    assert all(set(secret) == {"file"} for secret in compose["secrets"].values())


def test_compose_publishes_on_loopback_alone(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", OURS)
def test_compose_service_is_confined(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["command"] == [name]


@pytest.mark.parametrize("name", OURS)
def test_pod_is_confined(pods: dict[str, dict[str, Any]], name: str) -> None:
    pod = pods[name]
    [container] = pod["containers"]
    everything = [*pod.get("initContainers", []), container]
    assert pod["securityContext"]["runAsNonRoot"]
    assert not pod["automountServiceAccountToken"]
    assert container["args"] == [name]
    confined = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert all(one["securityContext"] == confined for one in everything)
    assert all(set(one["resources"]) == {"requests", "limits"} for one in everything)


def test_image_runs_as_the_user_that_kubernetes_expects(root: Path, pods: dict[str, dict[str, Any]]) -> None:
    [user] = re.findall(r"(?m)^USER (\d+):\d+$", (root / "docker/Dockerfile").read_text())
    assert {str(pod["securityContext"]["runAsUser"]) for pod in pods.values()} == {user}


def test_ci_calls_the_one_script(root: Path) -> None:
    [workflow] = load(root / ".github/workflows/ci.yml")
    job = workflow["jobs"]["check"]
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    assert ".ci/run" in [step.get("run") for step in job["steps"]]
    assert "make --keep-going check" in (root / ".ci/run").read_text()
