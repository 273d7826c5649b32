from __future__ import annotations

from pathlib import Path

import pytest

from scripts.agent_push.errors import PushError
from scripts.agent_push.folder import FolderError, find_agent, read_agent
from tests.unit.scripts.agent_push.test_package import write_agent


def problems(home: Path) -> list[str]:
    with pytest.raises(FolderError) as error:
        read_agent(home)
    return [problem.removeprefix(f"{home}/") for problem in error.value.problems]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return write_agent(tmp_path, "first-agent")


def add(home: Path, text: str) -> None:
    path = home / "pyproject.toml"
    path.write_text(path.read_text() + text)


def replace(home: Path, old: str, new: str) -> None:
    path = home / "pyproject.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_an_agent_is_found_by_the_name_in_its_manifest(tmp_path: Path) -> None:
    write_agent(tmp_path, "first-agent")
    write_agent(tmp_path, "second-agent", mode="async")
    agent = find_agent("second-agent", tmp_path)
    assert (agent.manifest.mode.value, agent.source.module, agent.source.app) == ("async", "second_agent.agent", "app")


def test_an_unknown_agent_is_answered_with_those_there_are(tmp_path: Path) -> None:
    write_agent(tmp_path, "first-agent")
    with pytest.raises(PushError, match=r"no agent nobody .* there are first-agent"):
        find_agent("nobody", tmp_path)


def test_another_agents_broken_manifest_stands_in_nobodys_way(tmp_path: Path) -> None:
    write_agent(tmp_path, "first-agent")
    (write_agent(tmp_path, "second-agent") / "pyproject.toml").write_text("[[[")
    assert find_agent("first-agent", tmp_path).manifest.name == "first-agent"


def test_every_fault_is_told_at_once_with_its_line(home: Path) -> None:
    replace(home, 'mode = "sync"', 'mode = "batch"')
    add(home, 'colour = "blue"\ntools = [\n  "time",\n  "No Tool",\n]\nmaxDurationSeconds = "soon"\n')
    found = problems(home)
    assert [problem.split(": ")[0] for problem in found] == [f"pyproject.toml:{n}" for n in (10, 12, 15, 17)]
    assert "'sync', 'streaming' or 'async' (it is 'batch')" in found[0]
    assert "unknown key colour: allowed are" in found[1]
    assert "tools.1: 'No Tool' will not do: lower case names, such as files.read" in found[2]
    assert "(it is 'soon')" in found[3]


def test_text_that_is_no_toml_is_told_with_its_line(home: Path) -> None:
    add(home, "tools = [\n")
    assert problems(home)[0].startswith("pyproject.toml:13: this is no TOML")
    replace(home, 'name = "ambit-first-agent"', "name = ambit")
    assert problems(home)[0].startswith("pyproject.toml:3: this is no TOML: invalid value")


def test_a_folder_without_anything_is_told_how_to_begin(tmp_path: Path) -> None:
    assert "`ambit init NAME`" in problems(tmp_path)[0]
    (tmp_path / "pyproject.toml").write_text("[tool.other]\n")
    assert [problem.split(":")[2].strip() for problem in problems(tmp_path)] == [
        "[tool.ambit] is missing",
        "project.name is missing",
    ]


def test_the_packages_are_the_handlers_unless_they_are_given(home: Path) -> None:
    replace(home, '[tool.hatch.build.targets.wheel]\npackages = ["first_agent"]\n', "")
    assert read_agent(home).source.imports == ("first_agent",)


def test_a_package_that_is_not_there_is_told_with_its_line(home: Path) -> None:
    replace(home, 'packages = ["first_agent"]', 'packages = ["first_agent", "missing"]')
    assert problems(home)[0].startswith("pyproject.toml:5: packages: missing is no folder here")


def test_nothing_outside_the_folder_is_packaged(home: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("s")
    (home / "first_agent" / "data.txt").symlink_to(secret)
    assert "first_agent/data.txt is a link that leads out of first_agent" in problems(home)[0]
    (home / "first_agent" / "data.txt").unlink()
    replace(home, 'packages = ["first_agent"]', 'packages = ["first_agent", "../.."]')
    assert "../.. is no folder here" in problems(home)[0]


# Prompts


def test_prompts_are_registered_by_their_text(home: Path) -> None:
    (home / "first_agent" / "system.md").write_text("Be brief.")
    add(home, 'prompts = ["first_agent/system.md"]\n')
    assert read_agent(home).prompts == {"first_agent/system.md": "Be brief."}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("first_agent/none.md", None, "is not there"),
        ("outside.md", b"text", "is not packaged: it belongs below first_agent"),
        ("first_agent/long.md", b"x" * 65_537, "has 65537 bytes"),
        ("first_agent/odd.md", b"\xff\xfe", "is not UTF-8"),
    ],
)
def test_a_prompt_that_will_not_do_is_told(home: Path, name: str, content: bytes | None, told: str) -> None:
    if content is not None:
        (home / name).write_bytes(content)
    add(home, f'prompts = [\n  "{name}",\n]\n')
    (problem,) = problems(home)
    assert problem.startswith("pyproject.toml:13: prompts:")
    assert told in problem


# Code


def test_code_that_is_no_python_is_told_with_its_place(home: Path) -> None:
    (home / "first_agent" / "agent.py").write_text("app = 1\ndef f(:\n")
    (home / "first_agent" / "other.py").write_bytes(b"x = '\x00'\n")
    found = problems(home)
    assert found[0].startswith("first_agent/agent.py:2: this is no Python")
    assert found[1].startswith("first_agent/other.py:1: this is no Python")


def test_a_handler_that_is_not_there_is_told_at_its_line(home: Path) -> None:
    replace(home, "first_agent.agent:app", "first_agent.main:app")
    assert problems(home)[0].startswith("pyproject.toml:11: handler: there is no module first_agent.main")
    replace(home, "first_agent.main:app", "elsewhere.main:app")
    assert problems(home)[0].startswith("pyproject.toml:11: handler: elsewhere is not among the packages: first_agent")
    replace(home, "elsewhere.main:app", "first_agent.agent:application")
    assert problems(home)[0].startswith("first_agent/agent.py:1: handler: first_agent.agent defines no application")


@pytest.mark.parametrize(
    "code",
    ["from x import app", "from x import *", "import app", "app: int = 1", "if 1:\n    app = 2", "def app(): ..."],
)
def test_the_application_may_come_from_anywhere(home: Path, code: str) -> None:
    (home / "first_agent" / "agent.py").write_text(code + "\n")
    assert read_agent(home).source.app == "app"


@pytest.mark.parametrize(
    ("mode", "code", "told"),
    [
        ("sync", "@app.job\ndef work(job): ...", "work is a job"),
        ("streaming", "@app.job\ndef work(job): ...", "work is a job"),
        ("async", "@app.entrypoint\ndef say(i): ...", "say answers at once"),
        ("sync", "@app.entrypoint\ndef say(i):\n    yield 1", "say yields"),
        ("sync", "@app.entrypoint\ndef say(i):\n    yield from []", "say yields"),
    ],
)
def test_code_that_contradicts_the_declared_mode_is_told(home: Path, mode: str, code: str, told: str) -> None:
    replace(home, 'mode = "sync"', f'mode = "{mode}"')
    (home / "first_agent" / "agent.py").write_text(f"app = 1\n\n{code}\n")
    (problem,) = problems(home)
    assert problem.startswith("first_agent/agent.py:4: ")
    assert told in problem
    assert f"mode = '{mode}'" in problem


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("sync", "@app.entrypoint\ndef say(i):\n    def inner():\n        yield 1\n    return list(inner())"),
        ("sync", "@other.job\ndef work(job): ..."),
        ("streaming", "@app.entrypoint\ndef say(i):\n    yield 1"),
        ("streaming", "@app.entrypoint\ndef say(i):\n    return stream()"),
        ("async", "@app.job\ndef work(job): ..."),
    ],
)
def test_code_that_fits_its_mode_is_taken(home: Path, mode: str, code: str) -> None:
    replace(home, 'mode = "sync"', f'mode = "{mode}"')
    (home / "first_agent" / "agent.py").write_text(f"app = 1\n\n{code}\n")
    assert read_agent(home).manifest.mode == mode
