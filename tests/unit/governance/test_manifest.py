from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from governance.manifest import MAX_NAME, Manifest, ManifestError, Mode, allowed_keys
from governance.tiers import Tier

AGENTS = Path(__file__).parents[3] / "agents"


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
