"""Log lines: one JSON object each, with the correlation id, without secrets."""

from __future__ import annotations

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.test import Client

from core.context import acting
from devices.models import Device
from jobs.models import Job
from jobs.runner import run_shard
from users.models import User
from webnet.logs import logging_config


class Lines:
    """What was logged so far."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (json.loads(line) for line in self.text.splitlines())

    def of(self, event: str) -> dict[str, Any]:
        (found,) = [line for line in self if line["event"] == event]
        return found


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The product's own formatter on a stream of ours, beside the handlers of the suite."""
    config = logging_config(level="INFO", json=True)
    made = Lines()
    formatter = config["formatters"]["line"]
    handler = logging.StreamHandler(made.stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(**{name: value for name, value in formatter.items() if name != "()"})
    )
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield made
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def test_line_is_one_json_object(lines: Lines) -> None:
    with acting(correlation="click-1"):
        logging.getLogger("jobs.runner").warning("two\nlines of %s", "text", extra={"job": 7})
    (line,) = lines
    assert (line["event"], line["level"], line["logger"]) == ("two\nlines of text", "warning", "jobs.runner")
    assert (line["job"], line["request_id"]) == (7, "click-1")
    assert line["timestamp"].endswith("Z")


def test_exception_stays_on_its_line(lines: Lines) -> None:
    try:
        raise ValueError("what went wrong")
    except ValueError:
        logging.getLogger("jobs").exception("it failed")
    (line,) = lines
    assert "what went wrong" in line["exception"]


def test_what_cannot_be_json_is_logged_all_the_same(lines: Lines) -> None:
    logging.getLogger("jobs").warning("odd", extra={"thing": object(), "text": "\udc80"})
    assert lines.of("odd")["thing"].startswith("<object")


@pytest.mark.django_db
def test_correlation_id_goes_from_click_to_worker(client: Client, operator: User, device: Device, lines: Lines) -> None:
    Device.objects.update(credential=None)  # so that the run ends without a connect
    client.force_login(operator)
    body = {"kind": "config_backup", "customer": device.customer_id, "devices": [device.pk]}
    answer = client.post("/api/v1/jobs/", body, content_type="application/json")
    run_shard(Job.objects.get().shards.get().pk)
    request_id = answer.headers["X-Request-ID"]
    assert lines.of("request_finished")["request_id"] == request_id
    assert lines.of("shard claimed")["request_id"] == request_id


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/devices/?token=s3cret-token", "/no-such-page/?token=s3cret-token"])
def test_query_string_is_not_logged(client: Client, lines: Lines, path: str) -> None:
    client.get(path, headers={"authorization": "Bearer s3cret-token", "cookie": "sessionid=s3cret-token"})
    assert lines.of("request_started")["request"] == f"GET {path.partition('?')[0]}"
    assert "s3cret-token" not in lines.text


@pytest.mark.django_db
def test_password_is_not_logged(client: Client, operator: User, lines: Lines) -> None:
    client.post("/api/v1/auth/login/", {"username": "operator", "password": "s3cret-word"}, "application/json")
    client.post("/login/", {"username": "operator", "password": "s3cret-word"})
    assert "s3cret-word" not in lines.text
