from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from governance.manifest import MAX_NAME, Manifest, ManifestError, Mode, allowed_keys, json_schema
from governance.tiers import Tier

AGENTS = Path(__file__).parents[3] / "agents"
SCHEMA = Path(__file__).parents[3] / "openapi" / "ambit-manifest.schema.json"


def table(**more: Any) -> dict[str, Any]:
    base = {"name": "an-agent", "owner": "team", "description": "Does it.", "mode": "sync", "handler": "pkg.mod:app"}
    return {key: value for key, value in (base | more).items() if value is not ...}


def problems(**more: Any) -> list[str]:
    with pytest.raises(ManifestError) as error:
        Manifest.parse(table(**more))
    return error.value.problems


def test_what_is_left_out_has_its_default() -> None:
    manifest = Manifest.parse(table())
    assert (manifest.mode, manifest.tier_minimum, manifest.tools) == (Mode.SYNC, Tier.BASIC, ())
    assert (manifest.max_duration_seconds, manifest.domain) == (900, "general")


def test_a_manifest_survives_being_stored_and_read() -> None:
    manifest = Manifest.parse(
        table(tools=["files.read"], tierMinimum="premium", domain="finance", maxDurationSeconds=60)
    )
    assert Manifest.parse(manifest.as_dict()) == manifest
    assert (manifest.as_dict()["tierMinimum"], manifest.as_dict()["domain"]) == ("premium", "finance")


def test_an_unknown_key_is_named_with_those_that_are_allowed() -> None:
    assert problems(colour="blue") == [f"unknown key colour: allowed are {', '.join(allowed_keys())}"]
    assert "maxDurationSeconds" in allowed_keys()


def test_keys_are_the_manifests_own_and_not_pythons() -> None:
    assert problems(tier_minimum="basic")[0].startswith("unknown key tier_minimum")


def test_every_fault_is_told_at_once() -> None:
    found = problems(name=..., mode="batch", extra=1)
    assert len(found) == 3
    assert "name is missing" in found


@pytest.mark.parametrize(
    "fault",
    [
        {"mode": "batch"},
        {"mode": ""},
        {"name": "Agent"},
        {"name": "a--b"},
        {"name": "-a"},
        {"name": "a" * (MAX_NAME + 1)},
        {"name": "a/../b"},
        {"owner": " "},
        {"handler": "module"},
        {"handler": "mod:app()"},
        {"handler": "os;x:app"},
        {"tools": "files.read"},
        {"tools": ["files."]},
        {"tools": ["Files.Read"]},
        {"tierMinimum": "gold"},
        {"domain": ""},
        {"domain": "Finance"},
        {"domain": "fin ance"},
        {"domain": "f" * 33},
        {"domain": ["finance"]},
        {"maxDurationSeconds": 0},
        {"maxDurationSeconds": 8 * 3600 + 1},
        {"maxDurationSeconds": "soon"},
    ],
)
def test_nonsense_is_refused_by_key(fault: dict[str, Any]) -> None:
    assert [problem.partition(":")[0].partition(".")[0] for problem in problems(**fault)] == list(fault)


@pytest.mark.parametrize("path", sorted(AGENTS.glob("*/pyproject.toml")), ids=lambda path: path.parent.name)
def test_every_manifest_of_this_repository_is_sound(path: Path) -> None:
    ambit = tomllib.loads(path.read_text()).get("tool", {}).get("ambit")
    assert ambit is None or Manifest.parse(ambit).name == path.parent.name.replace("_", "-")


# Contradictions


def test_what_is_named_twice_is_told_with_how_often() -> None:
    (problem,) = problems(tools=["files.read", "time", "files.read"])
    assert problem == "tools: files.read is named 2 times"


def test_a_model_that_may_not_be_asked_is_a_contradiction() -> None:
    (problem,) = problems(model="small", tools=["time"])
    assert problem.startswith("model: it names a model, but without model.chat")
    assert Manifest.parse(table(model="small", tools=["model.chat"])).model == "small"


def test_contradictions_are_told_beside_other_faults() -> None:
    found = problems(model="small", mode="batch", colour="blue", evaluations=["core", "core"])
    assert [problem.split(":")[0] for problem in found] == ["mode", "unknown key colour", "evaluations", "model"]


def test_a_fault_knows_the_place_of_its_key() -> None:
    with pytest.raises(ManifestError) as error:
        Manifest.parse(table(tools=["time", "No"], prompts=["a.md", "b.md", "a.md"]))
    assert {fault.path for fault in error.value.faults} == {("tools", 1), ("prompts", 2)}


def test_a_key_that_is_nearly_right_is_named() -> None:
    assert problems(tiermin="basic", toolz=[])[1].startswith("unknown key toolz: did you mean tools? allowed are")


@pytest.mark.parametrize("path", ["/etc/passwd", "../other.md", "a/../b.md", ".env", "a//b", "a b.md", "", "a\\b.md"])
def test_a_prompt_is_a_file_below_the_agents_folder(path: str) -> None:
    assert problems(prompts=[path])[0].startswith("prompts.0:")


# The published schema


def test_the_published_schema_is_the_models_own() -> None:
    assert json.loads(SCHEMA.read_text()) == json_schema()


def test_the_schema_takes_every_manifest_of_this_repository() -> None:
    validator = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text()))
    documents = [tomllib.loads(path.read_text()) for path in AGENTS.glob("*/pyproject.toml")]
    manifests = [found["tool"]["ambit"] for found in documents if "ambit" in found.get("tool", {})]
    assert len(manifests) >= 7
    assert [list(validator.iter_errors(manifest)) for manifest in manifests] == [[]] * len(manifests)


@pytest.mark.parametrize(
    "fault", [{"colour": 1}, {"mode": "batch"}, {"name": "A"}, {"tools": "time"}, {"prompts": ["../x"]}, {"owner": ""}]
)
def test_the_schema_refuses_what_the_model_refuses(fault: dict[str, Any]) -> None:
    problems(**fault)
    assert not jsonschema_rs.is_valid(json_schema(), table(**fault))
