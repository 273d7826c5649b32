"""docs/policies.md says what the code does: its keys, its rules, its table of what asks, its overrides, its presets."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic.alias_generators import to_camel

from enforcement.policies import CACHE_SECONDS
from governance.policy.calls import Call
from governance.policy.constraints import Constraint
from governance.policy.envelope import Envelope, Grant, Override
from governance.policy.narrowing import narrow
from governance.policy.presets import PRESETS, Preset
from governance.policy.registry import REGISTRY
from governance.policy.replay import basis_of
from governance.policy.rules import RULES
from governance.policy.tools import Risk
from lambdas.policies.models import CallContext
from lambdas.policies.replaying import MOST_CALLS, MOST_RUNS, MOST_TOLD
from lambdas.policies.service import MOST_BYTES
from scripts.ambit_cli.commands.policy_trials import app
from tests.unit.governance.policy import oracle

PAGE: Final = (Path(__file__).resolve().parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
BASE: Final = Envelope.parse(
    {"autonomyTier": 2, "maxCostPerRun": "1", "tools": [{"name": "files.*", "maxCallsPerRun": 20}]}
)


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    section = re.split(r"^#+ ", PAGE.split(f"{heading}\n", 1)[1], flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize(
    ("heading", "model"), [("## The envelope", Envelope), ("### A grant", Grant), ("### A constraint", Constraint)]
)
def test_every_key_is_described_and_no_other(heading: str, model: type[Envelope | Grant | Constraint]) -> None:
    described = [name for row in rows(heading) for name in named(row[0])]
    assert described == [field.alias or name for name, field in model.model_fields.items()]


def test_the_keys_that_are_required_are_said_to_be() -> None:
    required = [named(row[0])[0] for row in rows("## The envelope") if row[2] == "required"]
    assert required == [field.alias for field in Envelope.model_fields.values() if field.is_required()]


def test_the_rules_stand_in_their_order() -> None:
    assert [named(row[0])[0] for row in rows("## The rules")] == list(RULES)


def test_the_oracle_asks_as_the_table_says() -> None:
    marks = {"asks": "?", "no": ".", "asks, unless the grant is `unattended`": "!"}
    told = {
        tier: "".join(marks[cell] for cell in row[1:]) for row in rows("## What asks") for tier in row[0].split(", ")
    }
    assert list(told.values()) == oracle.ASKS
    assert len(Risk) == len(oracle.ASKS[0])


@pytest.mark.parametrize("row", rows("## Overrides"), ids=lambda row: row[0])
def test_an_override_becomes_what_the_table_says(row: list[str]) -> None:
    found = narrow(BASE, Override.parse(json.loads(named(row[0])[0])))
    assert [fault.pointer for fault in found.widenings] == named(row[2])
    grant = found.envelope.tools[0]
    assert row[1] in (f"tier {found.envelope.autonomy_tier}", f"`{grant.name}`, {grant.max_calls_per_run} calls")


@pytest.mark.parametrize("row", rows("## Presets"), ids=lambda row: row[0])
def test_a_preset_is_as_the_table_says(row: list[str]) -> None:
    preset = PRESETS[named(row[0])[0]]
    told: tuple[Any, ...] = (int(row[1]), row[2].removesuffix(" USD"), named(row[3]), named(row[4])[0])
    tools = [grant.name for grant in preset.tools]
    assert told == (preset.autonomy_tier, preset.max_cost_per_run, tools, preset.side_effects_when_tainted)


def test_every_preset_is_told() -> None:
    assert [named(row[0])[0] for row in rows("## Presets")] == list(PRESETS)


def test_the_example_is_an_envelope() -> None:
    example = json.loads(PAGE.split("```json\n")[1].split("```")[0])
    assert Envelope.parse(example).as_dict().keys() == example.keys()


def test_the_tools_are_those_of_the_registry() -> None:
    told = [
        [named(row[0])[0], row[1], row[2] == "yes", named(row[3])[0], tuple(named(row[4]))]
        for row in rows("## The tools")
    ]
    assert told == [
        [name, tool.facts.risk.value, tool.facts.side_effects, tool.facts.tier_minimum.value, tool.data_scopes]
        for name, tool in REGISTRY.items()
    ]


def test_the_numbers_of_the_page_are_the_codes() -> None:
    assert (CACHE_SECONDS, MOST_BYTES) == (15, 64 * 1024)
    assert (MOST_RUNS, MOST_CALLS, MOST_TOLD) == (100, 1_000, 100)
    assert "at most 100 runs and 1 000 calls" in PAGE
    assert "`changes` the first 100" in PAGE
    assert "for 15 seconds at most" in PAGE
    assert "at most 64 KiB" in PAGE


def test_what_an_evaluation_is_asked_with_is_described() -> None:
    listed = re.search(r"`context` is `\{([^}]*)\}`", PAGE)
    assert listed is not None
    fields = [field.alias or to_camel(name) for name, field in CallContext.model_fields.items()]
    assert [name.strip("?") for name in listed[1].split(", ")] == fields


def test_every_preset_can_be_named_by_a_manifest() -> None:
    assert [preset.value for preset in Preset] == list(PRESETS)


def test_what_a_decision_was_made_on_is_described() -> None:
    call = Call("t", {"a": 1, "b": 2}, "basic", 0, 0, tainted=False, hosts=("h",), models=("m",))
    told = PAGE.split("`basis` is what", 1)[1].split("\n\n", 1)[0]
    assert set(basis_of(call, {"a": 1})) <= set(re.findall(r"`([a-z]+)`", told))


def test_the_commands_of_the_page_are_there() -> None:
    named = set(re.findall(r"ambit policy ([a-z]+)", PAGE))
    assert named == {command.name for command in app.registered_commands} - {"list"}
