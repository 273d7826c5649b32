from __future__ import annotations

import asyncio
import os
import sys

LINE_LIMIT = 8192


async def relay_lines(descriptor: int, prefix: str) -> None:
    """Copy what a process prints to the host's own output, each line behind its prefix.

    A line longer than `LINE_LIMIT` bytes is cut into several. Ends, and closes the descriptor, when the
    last process that holds the other end is gone.
    """
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LINE_LIMIT)
    pipe = os.fdopen(descriptor, "rb", buffering=0)
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    try:
        while line := await _line(reader):
            print(prefix, line.decode("utf-8", "replace").rstrip("\n"), flush=True, file=sys.stdout)
    finally:
        transport.close()


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError as long:
        return await reader.read(long.consumed or LINE_LIMIT)
