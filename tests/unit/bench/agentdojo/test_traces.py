import json
from pathlib import Path

from bench.agentdojo.traces import Step, Trace, read


def test_a_recording_is_read_with_the_text_of_every_answer(tmp_path: Path) -> None:
    call = {"tool": "inbox", "arguments": {"n": 1}, "answer": "d1", "failed": False}
    evil = {"tool": "send", "arguments": {}, "answer": "d2", "failed": True}
    trace = {
        "user": "user_task_1",
        "attack": "injection_task_2",
        "calls": [call],
        "prompt": "do it",
        "reached": 0,
        "attackCalls": [evil],
    }
    path = tmp_path / "traces.json"
    document = {"version": "v1", "suites": {"small": [trace]}, "texts": {"d1": "one", "d2": "two"}}
    path.write_text(json.dumps(document), encoding="utf-8")
    expected = Trace(
        *("user_task_1", "injection_task_2"), (Step("inbox", {"n": 1}, "one"),), 0, (Step("send", {}, "two"),), "do it"
    )
    assert read(path) == {"small": [expected]}
