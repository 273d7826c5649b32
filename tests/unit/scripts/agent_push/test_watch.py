from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.agent_push.watch import snapshot, wait_for_change

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def looks(*actions: Callable[[], object]) -> tuple[Callable[[float], None], list[float]]:
    """A sleep that does one thing each time, then nothing."""
    left, slept = list(actions), list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        assert len(slept) < 20, "it never sees the change"
        if left:
            left.pop(0)()

    return sleep, slept


def test_a_change_is_seen_when_it_has_stood_still(tmp_path: Path) -> None:
    code = tmp_path / "agent.py"
    code.write_text("1")
    sleep, slept = looks(lambda: None, lambda: code.write_text("22"), lambda: code.write_text("333"))
    found = wait_for_change(tmp_path, snapshot(tmp_path), sleep)
    assert found == snapshot(tmp_path)
    assert len(slept) == 4


def test_new_and_removed_files_are_changes(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text("1")
    before = snapshot(tmp_path)
    (tmp_path / "new.py").write_text("1")
    assert wait_for_change(tmp_path, before, lambda _: None) != before
    (tmp_path / "new.py").unlink()
    (tmp_path / "old.py").unlink()
    assert wait_for_change(tmp_path, before, lambda _: None) == {}


def test_what_does_not_go_into_the_package_is_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "agent.py").write_text("1")
    before = snapshot(tmp_path)
    for name in ("__pycache__/agent.cpython-313.pyc", ".venv/lib/x.py", ".git/HEAD", "agent.py~"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("x")
    assert snapshot(tmp_path) == before
