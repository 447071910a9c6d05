"""The IOS-like command line as a terminal sees it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncssh
import pytest

from simulator import DeviceSpec, Fleet

from .clients import Shell, login, run, shell

SPEC = DeviceSpec("rtr-1", role="router")


async def typed(session: Shell, *lines: str) -> str:
    """What comes back for lines typed one after the other, up to the last prompt."""
    out = ""
    for line in lines:
        out = await session.send(f"{line}\r", "\r\n")
        out = await session.until("#")
    return out.replace("\r\n", "\n")


CARET_CASES = [
    # What is typed, and the text before which the caret stands.
    ("show bananas", "bananas"),
    ("bananas", "bananas"),
    ("show ip bananas", "bananas"),
    ("terminal length many", "many"),
    ("show version | bananas x", "bananas"),
]


@pytest.mark.parametrize(("line", "wrong"), CARET_CASES)
async def test_caret_stands_under_the_wrong_word(line: str, wrong: str) -> None:
    async with Fleet([SPEC]) as fleet, shell(fleet, "rtr-1") as session:
        caret, message = (await typed(session, line)).split("\n")[:2]
        assert caret.index("^") == len("rtr-1#") + line.index(wrong)
        assert message == "% Invalid input detected at '^' marker."


ANSWERS = [
    ("show", "% Incomplete command."),
    ("show ip", "% Incomplete command."),
    ("sh i", '% Ambiguous command:  "sh i"'),
    ("sh priv", "Current privilege level is 15"),
    ("sh run | inc ^hostname", "hostname rtr-1"),
    ("sh run | count ^interface", "Number of lines which match regexp = 8"),
    ("sh run | sec ^line con", "line con 0\n exec-timeout 15 0\n logging synchronous"),
    ("show archive config rollback timer", "%No Rollback Confirmed Change pending"),
    ("show arp | exclude Internet", "Protocol  Address          Age (min)  Hardware Addr   Type   Interface"),
    ("dir flash:/nothing", "%Error opening flash:/nothing (No such file or directory)"),
    ("more flash:/nothing", "%Error opening flash:/nothing (No such file or directory)"),
    ("! a comment", ""),
]


async def test_answers() -> None:
    async with Fleet([SPEC]) as fleet, shell(fleet, "rtr-1") as session:
        await typed(session, "terminal length 0")
        for line, expected in ANSWERS:
            answer = (await typed(session, line)).rpartition("rtr-1#")[0]
            assert answer.rstrip("\n") == expected, line


async def test_modes_prompts_and_no_forms() -> None:
    async with Fleet([SPEC]) as fleet, shell(fleet, "rtr-1") as session:
        device = fleet["rtr-1"]
        steps = [
            ("conf t", "rtr-1(config)#"),
            ("int lo 9", "rtr-1(config-if)#"),
            ("desc nine", "rtr-1(config-if)#"),
            ("ip address 10.9.9.9 255.255.255.255", "rtr-1(config-if)#"),
            ("do show run int lo9", "rtr-1(config-if)#"),
            ("router ospf 1", "rtr-1(config-router)#"),
            ("router bgp 65000", "rtr-1(config-router)#"),
            ("address-family ipv4", "rtr-1(config-router-af)#"),
            ("exit-address-family", "rtr-1(config-router)#"),
            ("exit", "rtr-1(config)#"),
            ("hostname a-router-with-a-long-name", "a-router-with-a-long(config)#"),
            ("hostname rtr-1", "rtr-1(config)#"),
        ]
        for line, prompt in steps:
            answer = await typed(session, line)
            assert answer.endswith(prompt), line
            if line.startswith("do show"):
                assert "interface Loopback9\n description nine\n ip address 10.9.9.9 255.255.255.255\nend" in answer
        assert "interface Loopback9\n description nine\n" in device.running_config
        await typed(session, "int lo9", "no description", "shut")
        assert "interface Loopback9\n ip address 10.9.9.9 255.255.255.255\n shutdown\n" in device.running_config
        await typed(
            session, "no shut", "no ip address", "exit", "no int lo9", "no ip http server", "no router bgp 65000"
        )
        assert "Loopback9" not in device.running_config
        assert (await session.send("\x1a", "\r\nrtr-1#")).endswith("rtr-1#")


async def test_wrong_configuration_line() -> None:
    async with Fleet([SPEC]) as fleet, shell(fleet, "rtr-1") as session:
        before = fleet["rtr-1"].running_config
        answer = await typed(session, "conf t", "interface Loopback0", "ip address 10.0.0.300 255.255.255.0")
        assert answer.split("\n")[0].index("^") == len("rtr-1(config-if)#ip address ")
        assert "% Incomplete command." in await typed(session, "ip address 10.0.0.3")
        assert fleet["rtr-1"].running_config == before


async def test_secrets_are_hashed_and_let_in() -> None:
    async with Fleet([SPEC]) as fleet:
        async with shell(fleet, "rtr-1") as session:
            await typed(session, "conf t", "username new privilege 15 secret pass word".removesuffix(" word"), "end")
        assert "secret pass" not in fleet["rtr-1"].running_config
        assert "15" in await run(fleet, "rtr-1", "show privilege", username="new", password="pass")
        async with shell(fleet, "rtr-1") as session:
            await typed(session, "conf t")
            await session.send("no username new\r", "[confirm]")
            await session.send("\r", "(config)#")
        with pytest.raises(asyncssh.PermissionDenied):
            await run(fleet, "rtr-1", "show privilege", username="new", password="pass")


async def test_banner_typed_over_lines() -> None:
    async with Fleet([SPEC]) as fleet, shell(fleet, "rtr-1") as session:
        await typed(session, "conf t")
        await session.send("banner motd %\rKeep out\r\rReally!%\r", "(config)#")
        assert "banner motd ^C\nKeep out\n\nReally!\n^C\n" in fleet["rtr-1"].running_config


async def test_paging() -> None:
    async with Fleet([SPEC]) as fleet, shell(fleet, "rtr-1") as session:
        page = await session.send("show running-config\r", "--More-- ")
        assert page.count("\n") == 24
        assert (await session.send("\r", "--More-- ")).count("\n") == 1
        assert (await session.send(" ", "--More-- ")).count("\n") == 23
        assert (await session.send("q", "rtr-1#")).count("\n") == 0
        assert "--More--" not in await typed(session, "terminal length 0", "show running-config")


async def test_enable_secret() -> None:
    async with Fleet([DeviceSpec("rtr-1", enable_secret="enable me")]) as fleet, shell(fleet, "rtr-1", ">") as session:
        assert "% Invalid input" in await session.send("show running-config\r", "marker.")
        await session.send("enable\r", "Password: ")
        await session.send("no\rnor this\rnor that\r", "% Bad secrets")
        await session.until(">")
        await session.send("enable\r", "Password: ")
        assert "enable me" not in await session.send("enable me\r", "rtr-1#")
        await session.send("disable\r", "rtr-1>")


async def test_line_editing() -> None:
    async with Fleet([SPEC]) as fleet, shell(fleet, "rtr-1") as session:
        for keys in (
            "show privx\x7f\r",
            "garbage\x15sh priv\r",
            "sh pri\t\r",
            "\x00sh xx\x17priv\r",
            "\x1b[A\r",
            "sh clock\x03sh priv\n",
        ):
            assert "level is 15" in await session.send(keys, "level is 15"), repr(keys)
            await session.until("rtr-1#")
        assert "running-config" in await session.send("show r?", "rtr-1#show r")


async def test_typed_ahead_lines_run_in_order() -> None:
    async with Fleet([SPEC]) as fleet, shell(fleet, "rtr-1") as session:
        out = await session.send("terminal length 0\rshow privilege\rshow clock\rexit\r", "exit")
        assert out.index("level is 15") < out.index("show clock")
        assert (await session.rest()).strip() == ""


async def test_exec_channel_and_its_end() -> None:
    async with Fleet([SPEC]) as fleet, login(fleet, "rtr-1") as connection:
        result = await connection.run("show running-config", encoding=None)
        assert result.exit_status == 0
        assert isinstance(result.stdout, bytes)
        text = result.stdout.decode().replace("\r\n", "\n")
        assert text.endswith(fleet["rtr-1"].running_config + "\n")
        shell_result = await connection.run(
            input=b"terminal length 0\nshow privilege\nexit\n", encoding=None, term_type="vt100"
        )
        assert b"level is 15" in bytes(shell_result.stdout)


async def test_copies_and_files() -> None:
    async with Fleet([SPEC]) as fleet, shell(fleet, "rtr-1") as session:
        await typed(session, "terminal length 0")
        await session.send("copy running-config flash:saved\r", "Destination filename [saved]? ")
        assert "bytes copied" in await session.send("\r", "rtr-1#")
        listing = await typed(session, "dir")
        assert listing.startswith("Directory of flash:/\n")
        assert f"-rw-{len(fleet['rtr-1'].running_config):12}" in listing
        await typed(session, "conf t", "hostname other", "end", "write memory")
        assert "hostname other" in fleet["rtr-1"].startup_config
        await session.send("configure replace flash:saved\r", "? [no]: ")
        await session.send("y\r", "rtr-1#")
        assert "Rollback Done" in await typed(session, "configure replace flash:saved force")
        await session.send("delete flash:saved\r", "]? ")
        await session.send("\r", "[confirm]")
        await session.send("\r", "rtr-1#")
        assert "saved" not in await typed(session, "dir")


async def test_scp_both_ways(tmp_path: Path) -> None:
    (tmp_path / "up").write_text("hostname up\n")
    async with Fleet([SPEC]) as fleet, login(fleet, "rtr-1") as connection:
        await asyncssh.scp(tmp_path / "up", (connection, "flash:/copied"))
        await asyncssh.scp((connection, "flash:/copied"), tmp_path / "down")
        assert (tmp_path / "down").read_text() == "hostname up\n"
        with pytest.raises(asyncssh.SFTPError):
            await asyncssh.scp((connection, "flash:/nothing"), tmp_path / "none")


async def test_many_sessions_at_once() -> None:
    async with Fleet([SPEC]) as fleet:
        outputs = await asyncio.gather(*(run(fleet, "rtr-1", "show running-config") for _ in range(10)))
        assert all(output.rstrip().endswith("end") for output in outputs)
        assert fleet["rtr-1"].peak_sessions > 1


async def test_two_sessions_edit_one_configuration() -> None:
    async with Fleet([SPEC]) as fleet, shell(fleet, "rtr-1") as first, shell(fleet, "rtr-1") as second:
        await typed(first, "conf t", "interface Loopback0")
        await second.send("copy running-config flash:x\r\r", "bytes copied")
        await second.until("#")
        await typed(second, "configure replace flash:x force")
        await typed(first, "description from the first")
        assert "interface Loopback0\n description from the first\n" in fleet["rtr-1"].running_config
