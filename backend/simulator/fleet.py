"""Many devices in one event loop, and a thread that runs them for code that is not asynchronous."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import json
import resource
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from simulator.device import Device
from simulator.spec import DeviceSpec, SpecError

T = TypeVar("T")
SPARE_DESCRIPTORS = 256
KEEP_AFTER_S = 0.2


class Fleet:
    """A fleet of simulated devices. `time_scale` makes device time (revert timers) pass so many times faster."""

    def __init__(
        self, specs: Iterable[DeviceSpec], *, time_scale: float = 1.0, state_dir: Path | str | None = None
    ) -> None:
        self.time_scale = time_scale
        self.started_at = time.monotonic()
        self.sessions = self.peak_sessions = self.logins = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._state_dir = Path(state_dir) if state_dir is not None else None
        self._dirty: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._devices: dict[str, Device] = {}
        for spec in specs:
            if spec.hostname in self._devices:
                raise SpecError(f"hostname: {spec.hostname!r} is there twice")
            self._devices[spec.hostname] = Device(self, spec, self._load(spec.hostname))

    def __getitem__(self, hostname: str) -> Device:
        return self._devices[hostname]

    def __iter__(self) -> Iterator[Device]:
        return iter(self._devices.values())

    def __len__(self) -> int:
        return len(self._devices)

    @property
    def ports(self) -> dict[str, int]:
        """Port of each device by host name."""
        return {name: device.port for name, device in self._devices.items()}

    @property
    def addresses(self) -> dict[str, tuple[str, int]]:
        """Address and port of each device by host name."""
        return {name: (device.address, device.port) for name, device in self._devices.items()}

    def describe(self) -> list[dict[str, Any]]:
        """What a client must know of each device to log in, for JSON. No passwords."""
        return [
            {"hostname": name, "address": device.address, "port": device.port, "platform": device.spec.platform,
             "username": device.spec.username, "host_key": device.host_key}
            for name, device in self._devices.items()
        ]  # fmt: skip

    async def start(self) -> None:
        """Take all ports, then answer on them. Raises SpecError when a port cannot be had."""
        self._loop = asyncio.get_running_loop()
        self.started_at = time.monotonic()
        _raise_descriptor_limit(len(self._devices))
        try:
            for device in self:
                device.bind()
        except SpecError:
            await self.stop()
            raise
        for device in self:
            device.sync_listener()

    async def stop(self) -> None:
        """Drop every connection, keep every state, free every port."""
        for device in self:
            device.stop()
        for hostname in list(self._dirty):
            self._dirty[hostname].cancel()
            self._save(hostname)
        # A task cancelled before its first step would never close the socket it was given.
        await asyncio.sleep(0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # asyncssh cleans its dropped connections up in callbacks: let them run before the loop may end.
        while any(device.connections or device.terminals for device in self):
            await asyncio.sleep(0.01)

    async def __aenter__(self) -> Fleet:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def on_loop(self, action: Callable[[], T]) -> T:
        """Run `action` where the fleet lives, from any thread."""
        if self._loop is None or not self._loop.is_running() or self._in_loop():
            return action()
        done: concurrent.futures.Future[T] = concurrent.futures.Future()

        def run() -> None:
            try:
                done.set_result(action())
            except Exception as error:
                done.set_exception(error)

        self._loop.call_soon_threadsafe(run)
        return done.result(timeout=30)

    def _in_loop(self) -> bool:
        try:
            return asyncio.get_running_loop() is self._loop
        except RuntimeError:
            return False

    def start_task(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine until it ends or the fleet stops."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def session_started(self) -> None:
        """Count a login."""
        self.logins += 1
        self.sessions += 1
        self.peak_sessions = max(self.peak_sessions, self.sessions)

    def session_ended(self) -> None:
        """Count a session out."""
        self.sessions -= 1

    # The state directory: one JSON file for each device that was changed.

    def keep(self, device: Device) -> None:
        """Write a changed device's state soon: one write for a burst of changes."""
        name = device.spec.hostname
        if self._state_dir is not None and self._loop is not None and name not in self._dirty:
            self._dirty[name] = self._loop.call_later(KEEP_AFTER_S, self._save, name)

    def _file(self, hostname: str) -> Path | None:
        return self._state_dir / f"{hostname}.json" if self._state_dir is not None else None

    def _load(self, hostname: str) -> dict[str, Any] | None:
        path = self._file(hostname)
        if path is None or not path.exists():
            return None
        try:
            data: dict[str, Any] = json.loads(path.read_text())
        except ValueError as error:
            raise SpecError(f"{path}: is no state of a device: {error}") from error
        return data

    def _save(self, hostname: str) -> None:
        self._dirty.pop(hostname, None)
        path, data = self._file(hostname), self._devices[hostname].dump()
        if path is None or data is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".tmp")
        unfinished.write_text(json.dumps(data))
        unfinished.replace(path)


def _raise_descriptor_limit(devices: int) -> None:
    """A socket a device and some for connections: the usual 1,024 are not enough for a large fleet."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * devices + SPARE_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


class FleetThread:
    """Context manager that runs a fleet in a thread of its own and gives the `Fleet`."""

    def __init__(
        self, specs: Iterable[DeviceSpec], *, time_scale: float = 1.0, state_dir: Path | str | None = None
    ) -> None:
        self.fleet = Fleet(specs, time_scale=time_scale, state_dir=state_dir)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="simulated-fleet", daemon=True)

    def __enter__(self) -> Fleet:
        self._thread.start()
        try:
            self._run(self.fleet.start())
        except BaseException:
            self._end()
            raise
        return self.fleet

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._run(self.fleet.stop())
        finally:
            self._end()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)

    def _end(self) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()
