"""Every fault, as a client sees it."""

from __future__ import annotations

import asyncio
import socket
import time

import asyncssh
import pytest
from netmiko import ConnectHandler

from simulator import DeviceSpec, Fault, FaultKind, Fleet, SpecError

from .clients import login, run, shell
from .conftest import RunFleet

PLATFORMS = {
    "ios": "show running-config",
    "eos": "show running-config",
    "junos": "show configuration",
    "frr": "vtysh -c 'show running-config'",
}


def fleet_of(*faults: str | None, platform: str = "ios") -> Fleet:
    return Fleet(
        DeviceSpec(f"d-{number}", platform=platform, fault=Fault.of(fault)) for number, fault in enumerate(faults)
    )


async def test_unreachable_refuses_and_comes_back_on_its_port() -> None:
    async with fleet_of("unreachable") as fleet:
        address = fleet.addresses["d-0"]
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*address)
        fleet["d-0"].set_fault(None)
        assert fleet.addresses["d-0"] == address
        assert "hostname d-0" in await run(fleet, "d-0", "show running-config")


async def test_going_unreachable_drops_open_sessions() -> None:
    async with fleet_of(None) as fleet, login(fleet, "d-0") as connection:
        fleet["d-0"].set_fault("unreachable")
        await asyncio.wait_for(connection.wait_closed(), 5)
        assert fleet["d-0"].sessions == 0


async def test_silent_takes_the_connection_and_says_nothing() -> None:
    async with fleet_of("silent") as fleet:
        reader, writer = await asyncio.open_connection(*fleet.addresses["d-0"])
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.2)
        fleet["d-0"].set_fault(None)
        assert await asyncio.wait_for(reader.read(1), 5) == b""
        writer.close()


async def test_wrong_password() -> None:
    async with fleet_of("wrong_password", None) as fleet:
        with pytest.raises(asyncssh.PermissionDenied):
            await run(fleet, "d-0", "show version")
        with pytest.raises(asyncssh.PermissionDenied):
            await run(fleet, "d-1", "show version", password="not it")
        assert fleet.logins == 0


async def test_changed_host_key() -> None:
    async with fleet_of(None) as fleet:
        device = fleet["d-0"]
        before = device.host_key
        device.set_fault("changed_host_key")
        key = await asyncssh.get_server_host_key(device.address, device.port)
        assert key is not None
        shown = " ".join(key.export_public_key().decode().split()[:2])
        assert shown == device.host_key != before
        pinned = asyncssh.import_known_hosts(f"[{device.address}]:{device.port} {before}\n")
        with pytest.raises(asyncssh.HostKeyNotVerifiable):
            await run(fleet, "d-0", "show version", known_hosts=pinned)
        device.set_fault(None)
        assert "Version" in await run(fleet, "d-0", "show version", known_hosts=pinned)


async def test_slow_and_latency() -> None:
    specs = [DeviceSpec("slow", fault=Fault(FaultKind.SLOW, delay_ms=300)), DeviceSpec("far", latency_ms=200)]
    async with Fleet(specs) as fleet:
        for hostname, least in (("slow", 0.3), ("far", 0.2)):
            async with login(fleet, hostname) as connection:
                started = time.monotonic()
                await connection.run("show clock", encoding=None)
                assert time.monotonic() - started >= least


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_hangs_in_the_middle(platform: str) -> None:
    async with fleet_of("hangs", platform=platform) as fleet, login(fleet, "d-0") as connection:
        process = await connection.create_process(PLATFORMS[platform], encoding=None)
        async with asyncio.timeout(5):
            seen = await process.stdout.read(1000)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                while True:
                    seen += await process.stdout.read(1000)
        whole = len(fleet["d-0"].running_config)
        assert whole * 0.3 < len(seen) < whole * 0.8


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_cuts_off_and_prompts_again(platform: str) -> None:
    async with fleet_of("cuts_off", None, platform=platform) as fleet:
        cut, whole = [await run(fleet, hostname, PLATFORMS[platform]) for hostname in ("d-0", "d-1")]
        assert len(cut) < len(whole) * 0.8
        assert cut.rstrip()[-4:] not in ("\nend", "\n}")
        if platform == "ios":
            async with shell(fleet, "d-0") as session:
                await session.send("terminal length 0\r", "#")
                await session.send("show running-config\r", "hostname d-0")
                await session.until("\nd-0#")


async def test_garbage_has_no_prompt() -> None:
    async with fleet_of("garbage") as fleet, shell(fleet, "d-0", prompt="") as session:
        with pytest.raises(TimeoutError):
            await session.send("\rshow running-config\r", "#", 0.3)


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_invalid_input(platform: str) -> None:
    words = {"ios": "% Invalid input", "eos": "% Invalid input", "junos": "unknown command", "frr": "% Unknown command"}
    async with fleet_of("invalid_input", platform=platform) as fleet:
        for command in (PLATFORMS[platform], "show version"):
            assert words[platform] in await run(fleet, "d-0", command)


async def test_closes_in_the_middle() -> None:
    async with fleet_of("closes") as fleet:
        seen = b""
        with pytest.raises((asyncssh.ConnectionLost, asyncssh.DisconnectError)):
            async with login(fleet, "d-0") as connection:
                process = await connection.create_process("show running-config", encoding=None)
                async with asyncio.timeout(5):
                    while data := await process.stdout.read(1000):
                        seen += data
                    raise asyncssh.ConnectionLost("closed")
        assert b"hostname d-0" in seen
        assert not seen.endswith(b"end\r\n\r\n")


async def test_faults_change_in_an_open_session() -> None:
    async with fleet_of(None) as fleet, shell(fleet, "d-0") as session:
        assert "Cisco IOS" in await session.send("terminal length 0\rshow version\r", "0x2102")
        await session.until("#")
        fleet["d-0"].set_fault("invalid_input")
        assert "% Invalid input" in await session.send("show version\r", "marker.")
        fleet["d-0"].set_fault("")
        await session.send("show version\r", "0x2102")


def test_unknown_fault_is_named() -> None:
    with pytest.raises(SpecError, match="on_fire"):
        Fault.of("on_fire")


@pytest.mark.parametrize("kind", FaultKind)
def test_netmiko_never_takes_a_faulty_device_for_a_sound_one(run_fleet: RunFleet, kind: FaultKind) -> None:
    """Whatever the fault, nobody gets a whole configuration out of it, but from a slow device and a changed key."""
    fleet = run_fleet(DeviceSpec("d-0", fault=Fault(kind, delay_ms=10)))
    device = fleet["d-0"]
    try:
        with socket.create_connection((device.address, device.port), timeout=1), ConnectHandler(
            device_type="cisco_ios", host=device.address, port=device.port, username="admin", password="admin",
            conn_timeout=2, banner_timeout=1, auth_timeout=2, read_timeout_override=1,
        ) as session:  # fmt: skip
            config = session.send_command("show running-config")
    except Exception:
        config = ""
    assert config.rstrip().endswith("\nend") == (kind in (FaultKind.SLOW, FaultKind.CHANGED_HOST_KEY))
