from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from scripts.agent_push.errors import PushError
from scripts.agent_push.turn import turn

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import sys, time
from pathlib import Path
from scripts.agent_push.turn import turn
with turn(Path(sys.argv[1]), "an-agent"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_after_the_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    held = turn(tmp_path, "an-agent")
    held.__enter__()
    with pytest.raises(PushError, match="under way for 0 s"), turn(tmp_path, "an-agent", seconds=0):
        pass
    with turn(tmp_path, "another-agent", seconds=0):
        pass
    with turn(tmp_path, "an-agent", sleep=lambda _: held.__exit__(None, None, None)):
        assert "waiting for its end" in capsys.readouterr().out


def test_a_push_that_is_killed_holds_nobody_up(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(PushError), turn(tmp_path, "an-agent", seconds=0):
            pass
        process.kill()
    with turn(tmp_path, "an-agent", seconds=0):
        pass
