"""Corrections `worker_output` and `worker_bursts`, and the environment of functions."""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

from scripts.local_platform.emulator.patches.worker_bursts import STARTS_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conformance.conftest import Emulator

WAIT, QUICK = 0.05, 6
"""Seconds that the stock endpoint waits for a function's output, and how many answers must have come sooner."""
HANDLER = """
import logging, os
class OutOfStock(Exception): pass
logging.getLogger().setLevel("INFO")
def handler(event, context):
    logging.getLogger("shop").info("asked for %s", event.get("item"))
    if event.get("item") == "unicorn":
        raise OutOfStock("no unicorns")
    return {"environment": sorted(os.environ), "item": event.get("item"), "process": os.getpid()}
"""


FRAGILE_HANDLER = """
import os, pathlib, sys, time
if os.path.exists(os.environ["BROKEN"]):
    sys.exit(1)
def handler(event, context):
    if event.get("until"):
        pathlib.Path(event["busy"]).touch()
        while not os.path.exists(event["until"]):
            time.sleep(0.01)
    return {"process": os.getpid()}
"""

SLOW_TO_START = """
import time
begun = time.time()
time.sleep(0.3)
started = time.time()
def handler(event, context):
    return {"begun": begun, "started": started}
"""


def invoke(emulator: Emulator, name: str, event: dict[str, Any]) -> dict[str, Any]:
    client = emulator.client("lambda")
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail")
    return {
        "payload": json.loads(answer["Payload"].read()),
        "log": base64.b64decode(answer.get("LogResult", "")).decode(),
        "error": answer.get("FunctionError"),
    }


@pytest.fixture(scope="module")
def shop(emulator: Emulator) -> str:
    os.environ["CONFORMANCE_CANARY"] = "must not be inherited"
    emulator.function("shop", HANDLER, OWN="1")
    return "shop"


def test_an_exception_is_reported_by_its_class(emulator: Emulator, shop: str) -> None:
    answer = invoke(emulator, shop, {"item": "unicorn"})
    assert answer["error"] == "Unhandled"
    assert answer["payload"]["errorType"] == "OutOfStock"
    assert answer["payload"]["errorMessage"] == "no unicorns"


def test_an_environment_survives_an_exception(emulator: Emulator, shop: str) -> None:
    before = invoke(emulator, shop, {"item": "apple"})["payload"]["process"]
    refused = invoke(emulator, shop, {"item": "unicorn"})
    assert "OutOfStock" in refused["log"]
    assert invoke(emulator, shop, {"item": "apple"})["payload"]["process"] == before


def test_what_logging_writes_is_in_the_invocations_log(emulator: Emulator, shop: str) -> None:
    first, second = invoke(emulator, shop, {"item": "apple"}), invoke(emulator, shop, {"item": "pear"})
    assert "asked for apple" in first["log"]
    assert "asked for pear" in second["log"]
    assert "asked for apple" not in second["log"]
    assert "ambit-end-of-invocation" not in first["log"]


def test_a_silent_function_is_not_waited_for(emulator: Emulator) -> None:
    emulator.function("silent", "def handler(event, context):\n    return 1\n")
    invoke(emulator, "silent", {})
    client = emulator.client("lambda")

    def at_once() -> bool:
        begun = time.perf_counter()
        client.invoke(FunctionName="silent", Payload=b"{}")
        return time.perf_counter() - begun < WAIT

    quick = islice(filter(None, (at_once() for _ in range(200))), QUICK)
    assert len(list(quick)) == QUICK, "stock waits this long for output that never comes, every time"


def test_functions_do_not_inherit_the_hosts_environment(emulator: Emulator, shop: str) -> None:
    names = invoke(emulator, shop, {"item": "plum"})["payload"]["environment"]
    assert "OWN" in names
    assert "CONFORMANCE_CANARY" not in names
    assert not [name for name in names if name.startswith(("PIP_", "PYTEST_", "UV_"))]


def test_functions_run_on_the_interpreter_of_the_workspace(emulator: Emulator) -> None:
    emulator.function("version", "import sys\ndef handler(event, context):\n    return sys.version.split()[0]\n")
    assert invoke(emulator, "version", {})["payload"] in emulator.python


def test_what_functions_print_is_collected_in_one_file(emulator: Emulator, shop: str) -> None:
    invoke(emulator, shop, {"item": "melon"})
    collected = (emulator.layout.logs / "functions.log").read_text()
    assert any(line.startswith("[shop] ") and "asked for melon" in line for line in collected.splitlines())


def test_an_environment_that_cannot_start_leaves_its_siblings_alone(
    emulator: Emulator, tmp_path: Path, wait_for: Callable[..., None]
) -> None:
    broken, busy, until = tmp_path / "broken", tmp_path / "busy", tmp_path / "until"
    emulator.function("fragile", FRAGILE_HANDLER, BROKEN=str(broken))
    first = invoke(emulator, "fragile", {})["payload"]["process"]
    long: list[dict[str, Any]] = []
    work = {"busy": str(busy), "until": str(until)}
    thread = threading.Thread(target=lambda: long.append(invoke(emulator, "fragile", work)))
    thread.start()
    wait_for(busy.exists)
    broken.touch()
    assert invoke(emulator, "fragile", {})["error"] == "Unhandled"
    until.touch()
    thread.join()
    assert long[0]["payload"] == {"process": first}
    broken.unlink()
    assert invoke(emulator, "fragile", {})["error"] is None


def test_a_burst_is_answered_whole_and_starts_a_few_at_a_time(emulator: Emulator) -> None:
    emulator.function("slow-to-start", SLOW_TO_START)
    answers: list[dict[str, Any]] = []
    threads = [
        threading.Thread(target=lambda: answers.append(invoke(emulator, "slow-to-start", {}))) for _ in range(60)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer["error"] for answer in answers] == [None] * 60
    starts = {(answer["payload"]["begun"], answer["payload"]["started"]) for answer in answers}
    at_once = [sum(begun <= moment < started for begun, started in starts) for moment, _ in starts]
    assert max(at_once) <= STARTS_AT_ONCE
