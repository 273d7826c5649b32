"""A developer's day at the real command line: agents from templates, pushed, judged, changed, broken, followed."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import jsonschema_rs
import pytest

from scripts.ambit_cli.commands.init import Template
from tests.local_stack import DEV_FILE, LocalStack, eventually, interruptible, sse

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(300)]
COMMAND: Final = [sys.executable, "-m", "scripts.ambit_cli.main"]
ROOT: Final = Path(__file__).parents[2]
ENVIRONMENT: Final = {
    **os.environ,
    "AMBIT_STATE": str(DEV_FILE.parent),
    "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "layers"))),
    "PYTHONUNBUFFERED": "1",
}


def ambit(*words: str, ok: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([*COMMAND, *words], env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=200)
    assert (done.returncode == 0) is ok, done.stdout + done.stderr
    return done


def pushed(folder: Path, *more: str) -> dict[str, Any]:
    return dict(json.loads(ambit("push", str(folder), "--json", *more).stdout))


@pytest.fixture(scope="module")
def folders(platform: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An agent made from each template and pushed, all at the same time."""
    into = tmp_path_factory.mktemp("agents")

    def make(template: str) -> tuple[str, Path]:
        ambit("init", f"made-{template}", "--template", template, "--into", str(into))
        found = into / f"made-{template}"
        code = found / f"made_{template.replace('-', '_')}" / "agent.py"
        code.write_text(f"{code.read_text()}\n# {time.time_ns()}: what was pushed by earlier tests is another\n")
        assert pushed(found)["status"] == "approved"
        return template, found

    with ThreadPoolExecutor() as pool:
        return dict(pool.map(make, Template))


@pytest.fixture
def folder(folders: dict[str, Path]) -> Path:
    """The basic agent, which answers with counts."""
    return folders["basic"]


def change(folder: Path, *pair: str) -> None:
    """Replace a piece of the basic agent's code."""
    path = folder / "made_basic" / "agent.py"
    text = path.read_text()
    assert pair[0] in text
    path.write_text(text.replace(*pair))


def output(acme: httpx.Client, text: str = "It rains.") -> Any:
    answer = acme.post("/v1/agents/made-basic/invoke", json={"input": text}).raise_for_status().json()
    return answer["output"]


# Templates


def text_of(output: Any) -> str:
    return output if isinstance(output, str) else json.dumps(output, sort_keys=True, ensure_ascii=False)


SCORERS: Final[dict[str, Callable[[dict[str, Any], Any, list[str]], bool]]] = {
    "contains": lambda wanted, output, _: all(
        text.casefold() in text_of(output).casefold() for text in wanted["texts"]
    ),
    "regex": lambda wanted, output, _: re.search(wanted["pattern"], text_of(output)) is not None,
    "json_schema": lambda wanted, output, _: jsonschema_rs.is_valid(wanted["schema"], output),
    "numeric": lambda wanted, output, _: bool(output[wanted["pointer"].strip("/")] == wanted["expected"]),
    "trajectory": lambda wanted, _, called: called == wanted["tools"],
    "safety": lambda wanted, output, _: not any(text in text_of(output) for text in wanted["forbiddenTexts"]),
    "latency": lambda *_: True,  # a test's machine is no measure
}
"""The scorers that the templates' suites use, spelled out."""


def ask(client: httpx.Client, agent: str, text: str) -> tuple[Any, list[str]]:
    """What an agent answers, and the tools it called."""
    run = client.post(f"/v1/agents/{agent}/invoke", json={"input": text}).raise_for_status().json()
    assert run["status"] == "succeeded", run
    told = client.get(f"/v1/runs/{run['runId']}/events").raise_for_status().text
    events = list(sse(iter(told.splitlines())))
    calls = [event["payload"] for event in events if event["stream"] == "tool" and event["event"] == "call"]
    return run["output"], [call["tool"] for call in calls if call["tool"] != "model.chat"]


@pytest.mark.parametrize("template", [template.value for template in Template])
def test_an_agent_made_from_a_template_passes_its_own_evaluations(
    template: str, folders: dict[str, Path], platform: LocalStack
) -> None:
    (path,) = (folders[template] / "evaluations").glob("*.json")
    suite = json.loads(path.read_text())
    with platform.client("acme-developer", patient=True) as acme:
        for case in suite["cases"]:
            output, called = ask(acme, f"made-{template}", case["input"])
            failed = [scorer for scorer in case["scorers"] if not SCORERS[scorer["type"]](scorer, output, called)]
            assert not failed, (case["caseId"], output, called, failed)


@pytest.mark.parametrize("template", [template.value for template in Template])
def test_what_was_pushed_from_a_template_was_approved_by_its_own_suite(
    template: str, folders: dict[str, Path], operator: httpx.Client
) -> None:
    (path,) = (folders[template] / "evaluations").glob("*.json")
    suite, agent = json.loads(path.read_text()), f"made-{template}"
    asked = {"agent": agent, "suite": suite["name"]}
    newest = operator.get("/v1/evaluation-runs", params=asked).raise_for_status().json()["items"][0]
    shown = operator.get(f"/v1/evaluation-runs/{newest['evaluationId']}").raise_for_status().json()
    assert (shown["agent"], shown["verdict"], shown["errors"]) == (agent, "passed", 0)
    assert shown["passed"] == shown["cases"] == len(suite["cases"]) >= 3


@pytest.mark.parametrize("template", [template.value for template in Template])
def test_the_doctor_finds_nothing_wrong_with_a_template(template: str, folders: dict[str, Path]) -> None:
    told = ambit("doctor", str(folders[template]), "--folder-only").stdout
    assert told.count("ok ") >= 4


# Pushing


def test_an_unchanged_agent_is_not_pushed_again(folder: Path) -> None:
    first, second = pushed(folder), pushed(folder)
    assert (second["changed"], second["versionId"]) == (False, first["versionId"])


def test_a_changed_agent_is_a_new_version_that_answers(folder: Path, acme: httpx.Client) -> None:
    before = pushed(folder)
    change(folder, '"characters": len(text),', '"characters": len(text),\n        "changed": 1,')
    after = pushed(folder)
    assert after["lockDigest"] == before["lockDigest"]
    assert after["artifactDigest"] != before["artifactDigest"]
    assert {"manifest and code", "dependencies", "package", "upload", "runtime", "register", "smoke"} <= set(
        after["seconds"]
    )
    eventually(lambda: output(acme).get("changed"), seconds=20, every=0.5)


def test_two_pushes_of_one_folder_at_once_end_in_one_version(folder: Path) -> None:
    change(folder, '"changed": 1', '"changed": 2')
    with ThreadPoolExecutor() as pool:
        one, two = pool.map(pushed, [folder, folder])
    assert one["versionId"] == two["versionId"]
    assert sorted((one["changed"], two["changed"])) == [False, True]


def test_a_push_that_was_killed_goes_on_where_it_stopped(folder: Path) -> None:
    change(folder, '"changed": 2', '"changed": 3')
    words = [*COMMAND, "push", str(folder), "--json"]
    with subprocess.Popen(words, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any("✓ runtime" in line for line in process.stderr)
        process.kill()
    resumed = ambit("push", str(folder))
    assert re.search(r"✓ upload .* there already, digest verified", resumed.stderr)
    assert re.search(r"✓ runtime .* kept", resumed.stderr)
    assert "pushed in" in resumed.stdout or "unchanged in" in resumed.stdout


def test_an_agent_that_does_not_import_leaves_the_one_before(folder: Path, acme: httpx.Client) -> None:
    before = pushed(folder)["versionId"]
    change(folder, "app = AgentApp()", "app = AgentApp()\nimport a_module_that_is_not_there")
    refused = ambit("push", str(folder), ok=False)
    assert "a_module_that_is_not_there" in refused.stderr
    assert output(acme)["words"] == 2
    change(folder, "\nimport a_module_that_is_not_there", "")
    assert pushed(folder)["versionId"] == before


# Following


@contextmanager
def following(folder: Path, log: Path) -> Iterator[subprocess.Popen[str]]:
    words = interruptible(*COMMAND, "dev", str(folder), "--input", "one two three")
    with log.open("w") as out, subprocess.Popen(words, env=ENVIRONMENT, stdout=out, stderr=out, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_dev_pushes_again_what_changes_and_ends_with_ctrl_c(folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "dev.log"
    with following(folder, log) as process:
        eventually(lambda: log.read_text().count("watching") == 1, seconds=60)
        assert '"words": 3' in log.read_text()
        change(folder, "def describe", "def describe(")
        eventually(lambda: "this is no Python" in log.read_text(), seconds=60)
        change(folder, "def describe(", "def describe")
        change(folder, '"words": len', '"counted": 3, "words": len')
        eventually(lambda: '"counted": 3' in log.read_text(), seconds=150)  # evaluated first
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
    assert "stopped" in log.read_text().splitlines()[-1]
