from typing import Any

import pytest

from governance.policy.effective import base_of, narrowed
from governance.policy.envelope import EnvelopeError, Override
from governance.policy.presets import BALANCED, PERMISSIVE, STRICT


def names(manifest: dict[str, Any]) -> list[str]:
    return [grant.name for grant in base_of(manifest).tools]


def test_a_manifest_that_names_no_preset_is_balanced() -> None:
    base = base_of({"tools": ["files.read"]})
    assert base.model_copy(update={"tools": ()}) == BALANCED.model_copy(update={"tools": ()})


@pytest.mark.parametrize(("preset", "expected"), [("strict", STRICT), ("permissive", PERMISSIVE)])
def test_a_manifest_names_its_preset(preset: str, expected: Any) -> None:
    assert base_of({"policy": preset}).autonomy_tier == expected.autonomy_tier


def test_only_tools_that_the_manifest_lists_and_the_preset_grants_are_granted() -> None:
    tools = ["files.write", "files.read", "shell.run"]
    assert names({"tools": tools}) == ["files.write", "files.read"] or set(names({"tools": tools})) == set(tools[:2])
    assert names({"tools": tools, "policy": "strict"}) == ["files.read"]
    assert set(names({"tools": tools, "policy": "permissive"})) == set(tools)
    assert names({}) == names({"tools": []}) == []


def test_what_the_preset_says_of_a_tool_stays() -> None:
    [grant] = base_of({"tools": ["files.read", "files.read"]}).tools
    assert grant.max_calls_per_run == 200


@pytest.mark.parametrize(
    "manifest",
    [
        {"policy": "none"},
        {"policy": None},
        {"tools": "files.read"},
        {"tools": None},
        {"tools": [1]},
        {"tools": ["Files.Read"]},
        {"tools": {"files.read": 1}},
    ],
)
def test_a_manifest_that_makes_no_sense_is_no_envelope(manifest: dict[str, Any]) -> None:
    with pytest.raises(EnvelopeError):
        base_of(manifest)


def test_every_override_narrows_and_none_gives_back() -> None:
    overrides = [Override.parse({"autonomyTier": tier}) for tier in (1, 5, 0, 2)]
    assert narrowed(BALANCED, overrides).autonomy_tier == 0
    assert narrowed(BALANCED, []) == BALANCED
