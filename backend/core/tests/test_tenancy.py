"""The scope goes where its work goes, and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from threading import Thread

import pytest
from asgiref.sync import sync_to_async

from core.reading import read
from core.tenancy import EVERY, NOBODY, AsyncParts, Parts, Scope, bound, current, enter, within

ONE, OTHER = frozenset({1}), frozenset({2})


def in_thread(function: object) -> list[Scope]:
    seen: list[Scope] = []
    thread = Thread(target=lambda: seen.append(function()))  # type: ignore[operator]
    thread.start()
    thread.join()
    return seen


def test_a_thread_starts_without_a_scope_and_takes_one_along_when_told() -> None:
    with within(ONE):
        assert in_thread(current) == [NOBODY]
        assert in_thread(bound(current)) == [ONE]


def test_a_scope_ends_with_its_block_however_it_ends() -> None:
    with within(ONE):
        with pytest.raises(ZeroDivisionError), within(OTHER):
            assert current() == OTHER
            enter(EVERY)
            raise ZeroDivisionError
        assert current() == ONE


def test_parts_of_a_stream_are_made_in_the_scope_that_began_it() -> None:
    def parts() -> Iterator[Scope]:
        yield current()
        yield current()

    with within(ONE):
        stream = Parts(parts())
    with within(OTHER):
        assert next(stream) == ONE
        assert current() == OTHER
    assert list(stream) == [ONE]


@pytest.mark.django_db  # `read` looks after its thread's connection
async def test_awaited_parts_are_made_in_the_scope_that_began_them() -> None:
    async def parts() -> AsyncIterator[Scope]:
        yield current()
        yield await asyncio.to_thread(current)
        yield await sync_to_async(current)()
        yield await read(current)

    with within(ONE):
        stream = AsyncParts(parts())
    with within(OTHER):
        assert [scope async for scope in stream] == [ONE] * 4
        assert current() == OTHER


@pytest.mark.django_db  # `read` looks after its thread's connection
async def test_tasks_side_by_side_have_each_their_own() -> None:
    async def one(scope: Scope) -> Scope:
        enter(scope)
        await asyncio.sleep(0)
        return await read(current)

    assert await asyncio.gather(one(ONE), one(OTHER)) == [ONE, OTHER]
