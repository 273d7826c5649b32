"""Each template of `ambit init` passes its own suite as a developer sees it: init, push, evaluate, verdict."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from scripts.ambit_cli.commands.init import Template
from tests.e2e.test_push import ambit
from tests.local_stack import LocalStack

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(300)]
TEMPLATES: Final = [template.value for template in Template]


@pytest.fixture(scope="module")
def told(platform: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `ambit evaluate` said of each, all at the same time."""
    into = tmp_path_factory.mktemp("templates")

    def made(template: str) -> tuple[str, Any]:
        name = f"own-{template}"
        ambit("init", name, "--template", template, "--into", str(into))
        folder = into / name
        anew(folder / name.replace("-", "_") / "agent.py")
        ambit("push", str(folder), "--no-smoke")
        (suite,) = (folder / "evaluations").glob("*.json")
        told = ambit("evaluate", name, "--suite", json.loads(suite.read_text())["name"], "--watch", "--json")
        return template, json.loads(told.stdout)

    with ThreadPoolExecutor() as pool:
        return dict(pool.map(made, TEMPLATES))


def anew(code: Path) -> None:
    """What earlier tests pushed was another version."""
    code.write_text(f"{code.read_text()}\n# {time.time_ns()}\n")


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_passes_its_own_suite(template: str, told: dict[str, Any], operator: httpx.Client) -> None:
    (run,) = told[template]["items"]
    shown = operator.get(f"/v1/evaluation-runs/{run['evaluationId']}").raise_for_status().json()
    assert (shown["agent"], shown["verdict"], shown["errors"]) == (f"own-{template}", "passed", 0)
    assert shown["passed"] == shown["cases"] >= 3
