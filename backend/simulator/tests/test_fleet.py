"""Starting, stopping, counting, keeping state."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import asyncssh
import psutil
import pytest

from simulator import DeviceSpec, Fleet, Link, SpecError, load_specs

from .clients import login, run, shell
from .conftest import RunFleet

BACKEND = Path(__file__).parents[2]


async def test_counters() -> None:
    async with Fleet([DeviceSpec("d-1"), DeviceSpec("d-2")]) as fleet:
        async with login(fleet, "d-1"), login(fleet, "d-1"), login(fleet, "d-2"):
            assert (fleet["d-1"].sessions, fleet["d-2"].sessions, fleet.sessions) == (2, 1, 3)
        await asyncio.sleep(0)
        async with asyncio.timeout(5):
            while fleet.sessions:
                await asyncio.sleep(0.01)
        assert (fleet["d-1"].peak_sessions, fleet.peak_sessions, fleet["d-1"].logins, fleet.logins) == (2, 3, 2, 3)


async def test_loopback_addresses_of_their_own() -> None:
    async with Fleet([DeviceSpec("d-1", address="127.9.8.7"), DeviceSpec("d-2", address="127.9.8.8")]) as fleet:
        port = fleet.ports["d-1"]
        assert fleet.addresses["d-1"] == ("127.9.8.7", port)
        assert "hostname d-2" in await run(fleet, "d-2", "show running-config")


async def test_public_key_login() -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    spec = DeviceSpec("d-1", public_key=key.export_public_key().decode())
    async with Fleet([spec]) as fleet:
        assert "uptime" in await run(fleet, "d-1", "show version", password=None, client_keys=[key])
        with pytest.raises(asyncssh.PermissionDenied):
            other = asyncssh.generate_private_key("ssh-ed25519")
            await run(fleet, "d-1", "show version", password=None, client_keys=[other])


async def test_clients_that_leave_at_once_do_no_harm() -> None:
    async with Fleet([DeviceSpec("d-1")]) as fleet:
        for linger in (True, False):
            for greeting in (b"", b"SSH-2.0-x\r\n", b"GET / HTTP/1.0\r\n\r\n", bytes(64)):
                with socket.create_connection(fleet.addresses["d-1"]) as client:
                    if not linger:
                        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    client.send(greeting)
        assert "hostname d-1" in await run(fleet, "d-1", "show running-config")


def test_stopping_right_after_a_connection(run_fleet: RunFleet) -> None:
    fleet = run_fleet(DeviceSpec("d-1"))
    socket.create_connection(fleet.addresses["d-1"]).close()


async def test_stopping_does_not_wait_for_a_slow_device() -> None:
    async with Fleet([DeviceSpec("d-1", latency_ms=60_000)]) as fleet:
        connection = await asyncssh.connect(
            *fleet.addresses["d-1"], username="admin", password="admin", known_hosts=None, config=None, client_keys=None
        )
        await connection.create_process("show version")
        async with asyncio.timeout(5):
            await fleet.stop()
    await connection.wait_closed()


async def test_stopping_with_half_open_connections() -> None:
    async with Fleet([DeviceSpec("d-1")]) as fleet:
        clients = [socket.create_connection(fleet.addresses["d-1"]) for _ in range(3)]
        await run(fleet, "d-1", "show version")
    for client in clients:
        client.close()


async def test_port_in_use_is_named() -> None:
    async with Fleet([DeviceSpec("d-1")]) as fleet:
        second = Fleet([DeviceSpec("d-2", port=fleet.ports["d-1"])])
        with pytest.raises(SpecError, match=f"d-2: cannot listen on 127.0.0.1:{fleet.ports['d-1']}"):
            await second.start()


async def test_restart_keeps_host_key_and_configuration(tmp_path: Path) -> None:
    specs = [DeviceSpec("d-1", role="router"), DeviceSpec("d-2", platform="eos")]
    async with Fleet(specs, state_dir=tmp_path) as fleet:
        key = fleet["d-1"].host_key
        async with shell(fleet, "d-1") as session:
            await session.send("configure terminal\r", "(config)#")
            await session.send("hostname renamed\r", "renamed(config)#")
            await session.send("end\r", "renamed#")
            await session.send("copy startup-config flash:kept\r\r", "bytes copied")
            await session.send("write memory\r", "[OK]")
            await session.send("conf t\rip domain name unsaved.example\rend\r", "end")
            await session.until("renamed#")
        fleet["d-2"].set_running_config("hostname other\nend\n")
        assert list(tmp_path.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d-1.json", "d-2.json"]
    async with Fleet(specs, state_dir=tmp_path) as fleet:
        assert fleet["d-1"].host_key == key
        assert "hostname renamed\n" in fleet["d-1"].running_config
        assert "hostname renamed\n" in fleet["d-1"].startup_config
        assert "unsaved" in fleet["d-1"].running_config
        assert "unsaved" not in fleet["d-1"].startup_config
        assert "hostname d-1\n" in await run(fleet, "d-1", "more flash:kept")
        assert "hostname other" in await run(fleet, "d-2", "show running-config")


async def test_revert_timer_survives_a_restart(tmp_path: Path) -> None:
    specs = [DeviceSpec("d-1", role="router")]
    async with Fleet(specs, state_dir=tmp_path) as fleet, shell(fleet, "d-1") as session:
        await session.send("configure terminal revert timer 1\r", "(config)#")
        await session.send("hostname unconfirmed\r", "unconfirmed(config)#")
    async with Fleet(specs, state_dir=tmp_path, time_scale=600) as fleet:
        async with asyncio.timeout(5):
            while "hostname unconfirmed" in fleet["d-1"].running_config:
                await asyncio.sleep(0.01)
        assert "hostname d-1\n" in fleet["d-1"].running_config


def test_spec_file(tmp_path: Path) -> None:
    path = tmp_path / "fleet.json"
    link = {"interface": "Ethernet1", "peer": "b", "peer_interface": "Ethernet2"}
    path.write_text(json.dumps([{"hostname": "a", "fault": {"kind": "slow", "delay_ms": 5}, "links": [link]}]))
    (spec,) = load_specs(path)
    assert spec.fault is not None and spec.fault.delay_ms == 5
    assert spec.links == (Link("Ethernet1", "b", "Ethernet2"),)
    for wrong, words in (
        ([{"hostname": "a b"}], "not a host name"),
        ([{"hostname": "a", "colour": "red"}], "colour"),
        ([{"platform": "ios"}], "hostname: missing"),
        ([{"hostname": "a", "fault": "on_fire"}], "on_fire"),
        ("text", "expected a list"),
    ):
        path.write_text(json.dumps(wrong))
        with pytest.raises(SpecError, match=words):
            load_specs(path)
    with pytest.raises(SpecError, match="is none of"):
        Fleet([DeviceSpec("a", platform="toaster")])
    with pytest.raises(SpecError, match="twice"):
        Fleet([DeviceSpec("a"), DeviceSpec("a")])


def test_command_line(tmp_path: Path) -> None:
    spec, announced, console = (tmp_path / f"{name}.json" for name in ("fleet", "announced", "console"))
    spec.write_text(json.dumps([{"hostname": "a"}, {"hostname": "b", "platform": "frr"}]))
    arguments = ["--spec", str(spec), "--announce", str(announced), "--state-dir", str(tmp_path / "state")]
    arguments += ["--console", str(console)]
    process = subprocess.Popen([sys.executable, "-m", "simulator", *arguments], cwd=BACKEND, stderr=subprocess.PIPE)
    try:
        _wait_until(announced.exists)
        first, second = json.loads(announced.read_text())
        assert (first["hostname"], second["platform"], first["address"]) == ("a", "frr", "127.0.0.1")
        assert first["host_key"].startswith("ssh-ed25519 ")
        assert asyncio.run(_accepts(first["port"]))
        spec.write_text(json.dumps([{"hostname": "a", "fault": "unreachable"}, {"hostname": "b"}]))
        process.send_signal(signal.SIGHUP)
        _wait_until(lambda: not asyncio.run(_accepts(first["port"])))
        assert asyncio.run(_accepts(second["port"]))
        console.write_text(json.dumps({"a": "enable\nconfigure terminal\nsnmp-server location Oslo\nend\nexit\n"}))
        process.send_signal(signal.SIGHUP)
        _wait_until(lambda: not console.exists())
        _wait_until((tmp_path / "state" / "a.json").exists)
        assert "snmp-server location Oslo" in (tmp_path / "state" / "a.json").read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        errors = process.communicate(timeout=10)[1]
    assert (process.returncode, errors) == (0, b"")


async def test_what_is_typed_at_a_console() -> None:
    async with Fleet([DeviceSpec("sw-1", role="switch", enable_secret="s3cret")]) as fleet:
        device = fleet["sw-1"]
        typed = "enable\ns3cret\nconfigure terminal\nhostname moved\nno such line\nend\nshow clock\n"
        shown = await device.type_at_console(typed)
        assert "hostname moved" in device.running_config
        assert "% Invalid input" in shown and shown.endswith("moved#")
        assert (fleet.logins, device.sessions) == (0, 0)


def test_command_line_names_a_bad_spec(tmp_path: Path) -> None:
    spec = tmp_path / "fleet.json"
    spec.write_text("[{}]")
    done = subprocess.run(
        [sys.executable, "-m", "simulator", "--spec", str(spec)], cwd=BACKEND, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (2, b"simulator: hostname: missing\n")


def _wait_until(condition: object, seconds: float = 15) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


async def _accepts(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        banner = await reader.readline()
    except ConnectionError:
        return False
    writer.close()
    return banner.startswith(b"SSH-2.0-")


@pytest.mark.slow
async def test_a_thousand_devices_cost_little() -> None:
    memory = psutil.Process(os.getpid()).memory_info
    before = memory().rss
    async with Fleet(DeviceSpec(f"d-{number}") for number in range(1000)) as fleet:
        grown = memory().rss - before
        assert "hostname d-999" in await run(fleet, "d-999", "show running-config")
    assert grown < 30_000_000
