import asyncio
import threading
import time

import pytest

from lambdas.bridge.event_channel import EventChannel
from tests.local_stack import eventually


def batch(number: int) -> list[dict[str, int]]:
    return [{"seq": number}]


async def test_events_come_in_order_and_then_the_end() -> None:
    channel = EventChannel(asyncio.get_running_loop(), time.monotonic() + 10)

    def lead() -> None:
        for number in range(100):
            channel.put(batch(number))
        channel.close()

    threading.Thread(target=lead, daemon=True).start()
    found = []
    while (events := await channel.next(5)) is not None:
        found += events
    assert found == [{"seq": number} for number in range(100)]


async def test_a_client_that_does_not_read_holds_the_leader_back() -> None:
    channel = EventChannel(asyncio.get_running_loop(), time.monotonic() + 10, capacity=2)
    put: list[int] = []

    def lead() -> None:
        for number in range(5):
            channel.put(batch(number))
            put.append(number)

    threading.Thread(target=lead, daemon=True).start()
    await asyncio.to_thread(eventually, lambda: len(put) == 2, seconds=5, every=0.01)
    assert put == [0, 1]
    assert await channel.next(1) == batch(0)
    await asyncio.to_thread(eventually, lambda: len(put) == 3, seconds=5, every=0.01)


async def test_a_client_that_left_is_not_waited_for() -> None:
    channel = EventChannel(asyncio.get_running_loop(), time.monotonic() + 10, capacity=1)
    channel.put(batch(0))
    channel.leave()
    await asyncio.to_thread(channel.put, batch(1))
    assert channel.client_gone()


async def test_after_the_deadline_nothing_is_waited_for_or_sent_out_of_order() -> None:
    channel = EventChannel(asyncio.get_running_loop(), 0.0, capacity=1)
    for number in range(3):
        await asyncio.to_thread(channel.put, batch(number))
    assert await channel.next(1) == batch(0)
    await asyncio.to_thread(channel.put, batch(3))
    with pytest.raises(TimeoutError):
        await channel.next(0.01)


async def test_no_events_are_no_message() -> None:
    channel = EventChannel(asyncio.get_running_loop(), time.monotonic() + 10)
    channel.put([])
    with pytest.raises(TimeoutError):
        await channel.next(0.01)


def test_a_loop_that_is_closed_does_not_break_the_leader() -> None:
    loop = asyncio.new_event_loop()
    channel = EventChannel(loop, time.monotonic() + 10)
    loop.close()
    channel.put(batch(0))
    channel.close()
