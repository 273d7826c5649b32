from __future__ import annotations

import os

import pytest

from scripts.local_platform.agent_host.output import LINE_LIMIT, relay_lines


async def relayed(data: bytes, capsys: pytest.CaptureFixture[str]) -> list[str]:
    reader, writer = os.pipe()
    os.write(writer, data)
    os.close(writer)
    await relay_lines(reader, "[agent]")
    return capsys.readouterr().out.splitlines()


async def test_every_line_is_shown_behind_its_prefix(capsys: pytest.CaptureFixture[str]) -> None:
    assert await relayed(b"one\ntwo\n", capsys) == ["[agent] one", "[agent] two"]


async def test_a_last_line_without_an_end_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert await relayed(b"one\nhalf", capsys) == ["[agent] one", "[agent] half"]


async def test_a_line_that_is_too_long_is_cut_and_nothing_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    lines = await relayed(b"x" * (3 * LINE_LIMIT) + b"\nafter\n", capsys)
    assert sum(line.count("x") for line in lines) == 3 * LINE_LIMIT
    assert lines[-1] == "[agent] after"


async def test_bytes_that_are_no_text_do_not_end_the_relay(capsys: pytest.CaptureFixture[str]) -> None:
    assert (await relayed(b"\xff\xfe\nafter\n", capsys))[-1] == "[agent] after"
