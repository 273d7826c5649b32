from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.local_platform.logs import Follower

if TYPE_CHECKING:
    from pathlib import Path


def test_only_whole_new_lines_are_shown(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("one\ntw")
    follower = Follower(log)
    assert follower.new_lines() == ["one"]
    log.write_text("one\ntwo\n")
    assert follower.new_lines() == ["two"]
    assert follower.new_lines() == []


def test_a_log_that_begins_anew_is_read_from_its_start(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("a long first line\n")
    follower = Follower(log)
    follower.new_lines()
    log.write_text("new\n")
    assert follower.new_lines() == ["new"]
