"""An orderly stop ends, also when a cancellation gets lost on its way."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from payops_kernel import ending
from payops_kernel.messaging.log_reading import free_of_records


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN_SECONDS", 0.01)


async def _for_ever(lost: int) -> None:
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if lost == 0:
                raise
            lost -= 1


async def _begun(lost: int) -> asyncio.Task[None]:
    task = asyncio.create_task(_for_ever(lost))
    await asyncio.sleep(0)
    return task


async def test_a_task_that_lost_a_cancellation_is_cancelled_again() -> None:
    tasks = [await _begun(lost=0), await _begun(lost=1)]
    await ending.end(tasks)
    assert all(task.cancelled() for task in tasks)


async def test_a_task_that_goes_on_after_all_tries_is_given_up() -> None:
    task = await _begun(lost=ending.TRIES_MAX)
    await ending.end([task])
    assert not task.done()
    task.cancel()


async def test_what_an_ended_task_raises_is_its_own_affair() -> None:
    async def fails() -> None:
        raise OSError("gone")

    await ending.end([asyncio.create_task(fails())])
    await ending.close_within(1.0, fails())


class _ClosedAsItsReaderIsCancelled:
    """A consumer whose closing ends in the turn of the loop in which its reader is cancelled."""

    def __init__(self, reader: asyncio.Task[Any]) -> None:
        self._reader = reader

    async def start(self) -> None: ...

    def assign(self, _partitions: list[Any]) -> None: ...

    async def stop(self) -> None:
        self._reader.cancel()


async def test_a_look_at_a_log_that_is_cancelled_as_it_closes_is_cancelled() -> None:
    async def look() -> None:
        make: Any = lambda **_: _ClosedAsItsReaderIsCancelled(reader)  # noqa: E731
        await free_of_records(make, {}, limit_seconds=1.0)

    reader = asyncio.create_task(look())
    await asyncio.wait({reader})
    assert reader.cancelled()
