"""Every fault on every simulated platform ends in its error, in words, in time. All of them in one run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from networkops import errors
from networkops.tests.conftest import PLATFORM_OF, ends, host, run, run_threads, settled
from networkops.types import HostDone
from simulator import DeviceSpec, Fault, FaultKind, FleetThread

TIMEOUT_S = 8.0
# The rest end by themselves, if the machine lets them: a login without a prompt is given up after two thirds of it.
PATIENCE_S = 15.0

CASES: dict[FaultKind | None, tuple[type[errors.NetworkError] | None, str]] = {
    None: (None, ""),
    FaultKind.SLOW: (None, ""),
    FaultKind.CUTS_OFF: (None, ""),
    FaultKind.UNREACHABLE: (errors.HostUnreachable, "connection refused"),
    FaultKind.SILENT: (errors.DeviceTimeout, "not finished within 8 s, while logging in"),
    FaultKind.WRONG_PASSWORD: (errors.LoginRefused, "refused the login of user 'admin' with its password"),
    FaultKind.CHANGED_HOST_KEY: (errors.HostKeyChanged, "nothing was sent to the device"),
    FaultKind.HANGS: (errors.DeviceTimeout, "bytes had arrived"),
    FaultKind.CLOSES: (errors.ConnectionLost, "the device closed the connection"),
    FaultKind.GARBAGE: (errors.PromptNotUnderstood, "prompt recognised while logging in"),
    FaultKind.INVALID_INPUT: (errors.CommandRefused, "the device refused '"),
}
STUCK = {FaultKind.SILENT, FaultKind.HANGS}  # without a timeout these would never end
NAMES = [(platform, kind) for platform in PLATFORM_OF for kind in CASES]


def _name(platform: str, kind: FaultKind | None) -> str:
    return f"{platform}-{kind or 'good'}".replace("_", "-")


@pytest.fixture(scope="module")
def outcome() -> Iterator[dict[str, HostDone]]:
    """How each device of the fleet ended, by name."""
    specs = [DeviceSpec(_name(platform, kind), platform) for platform, kind in NAMES]
    with FleetThread(specs) as fleet:
        hosts = [host(fleet, spec.hostname, key) for key, spec in enumerate(specs)]
        for platform, kind in NAMES:
            fleet[_name(platform, kind)].set_fault(Fault(kind, 150) if kind else None)
        stuck = [one for one, (_, kind) in zip(hosts, NAMES, strict=True) if kind in STUCK]
        rest = [one for one in hosts if one not in stuck]
        done = ends(run(stuck, threads=len(stuck), timeout_s=TIMEOUT_S))
        done |= ends(run(rest, threads=len(rest), timeout_s=PATIENCE_S))
        assert settled(lambda: not run_threads())
        yield {specs[key].hostname: end for key, end in done.items()}


@pytest.mark.parametrize(("platform", "kind"), NAMES, ids=lambda value: str(value))
def test_fault_ends_in_its_error(outcome: dict[str, HostDone], platform: str, kind: FaultKind | None) -> None:
    end = outcome[_name(platform, kind)]
    error, words = CASES[kind]

    assert (type(end.error) if end.error else None) is error
    assert words in str(end.error or "")
    assert "\n" not in str(end.error)
    assert end.duration_s < (TIMEOUT_S if kind in STUCK else PATIENCE_S) + 1


@pytest.mark.parametrize("platform", list(PLATFORM_OF))
@pytest.mark.parametrize("kind", [None, FaultKind.SLOW])
def test_whole_configuration_has_no_problems(
    outcome: dict[str, HostDone], platform: str, kind: FaultKind | None
) -> None:
    fetched = outcome[_name(platform, kind)].result

    assert fetched.problems == ()
    assert _name(platform, kind) in fetched.text
    assert fetched.text.count("\n") > 100


@pytest.mark.parametrize("platform", list(PLATFORM_OF))
def test_cut_off_configuration_is_suspicious(outcome: dict[str, HostDone], platform: str) -> None:
    fetched = outcome[_name(platform, FaultKind.CUTS_OFF)].result

    assert fetched.text
    assert fetched.problems
