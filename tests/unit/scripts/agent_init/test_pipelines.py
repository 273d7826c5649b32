"""The pipelines that `ambit init` writes call commands that exist, in words that these understand."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import typer
import yaml
from typer.core import TyperGroup

from scripts.agent_init.scaffold import HERE, TEMPLATES
from scripts.ambit_cli.main import app

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMON: Final = HERE / "common"
PIPELINES: Final = ("dot-gitlab-ci.yml", "dot-github/workflows/agent.yml")
USAGE_ERROR: Final = typer.BadParameter.__mro__[1]
"""What the parser raises; typer brings its own copy of click, whose names are private."""
ENDS: Final = frozenset({">", "|", "&&", ";"})


def scripts(document: Any) -> Iterator[str]:
    """Every line of shell in a pipeline."""
    if isinstance(document, dict):
        for name, value in document.items():
            if name in ("script", "before_script", "run"):
                yield from [value] if isinstance(value, str) else value
            else:
                yield from scripts(value)
    elif isinstance(document, list):
        for value in document:
            yield from scripts(value)


def commands(pipeline: str) -> list[list[str]]:
    """The words of each call of `ambit`, to the end of the command."""
    document = yaml.safe_load((COMMON / pipeline).read_text(encoding="utf-8"))
    lines = [line.strip() for script in scripts(document) for line in script.splitlines()]
    called = [shlex.split(line)[1:] for line in lines if re.match(r"ambit\b", line)]
    return [words[: next((at for at, word in enumerate(words) if word in ENDS), len(words))] for words in called]


def parsed(words: list[str]) -> None:
    """Let the command line's own parser read the words; USAGE_ERROR when it cannot."""
    command: Any = typer.main.get_command(app)
    context: Any = None
    while isinstance(command, TyperGroup):
        parent = command.make_context(command.name, list(words), parent=context)
        _, following, words = command.resolve_command(parent, words)
        assert following is not None
        command, context = following, parent
    command.make_context(command.name, list(words), parent=context)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that the pipelines name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "version.ambit").write_text("x")


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_each_command_of_a_pipeline_is_one_that_the_command_line_understands(pipeline: str) -> None:
    found = commands(pipeline)
    for words in found:
        parsed(words)
    told = [" ".join(words[:2]) for words in found]
    assert told == ["doctor .", "push .", "evaluate agent-name", "versions promote", "versions export"]


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_what_the_comments_advise_is_understood_too(pipeline: str) -> None:
    text = (COMMON / pipeline).read_text(encoding="utf-8")
    advised = re.findall(r"`ambit ([^`]+)`", text)
    assert advised
    for words in advised:
        parsed(shlex.split(words))


@pytest.mark.parametrize(
    "words", ["versions promote v --to approved", "evaluate a --wait", "push . --stage dev", "versions approve v"]
)
def test_words_that_are_none_of_the_command_lines_are_noticed(words: str) -> None:
    with pytest.raises(USAGE_ERROR):
        parsed(shlex.split(words))


@pytest.mark.parametrize("template", TEMPLATES.values())
def test_the_suite_that_a_pipeline_evaluates_by_is_there(template: str) -> None:
    assert [path.name for path in (HERE / template / "evaluations").iterdir()] == ["agent-name-core.json"]
