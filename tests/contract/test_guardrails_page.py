"""What docs/guardrails.md tells is what the code does."""

import json
import re
from pathlib import Path

from governance.guardrails import Action, DataClass, Fault, GuardrailPolicy, read_policy
from governance.guardrails.classes import PII, SECRETS, SIGNALS
from governance.guardrails.documents import MAX_DEPTH, MAX_VALUES
from governance.guardrails.policy import DEFAULTS, REGIONS, STRICT
from governance.guardrails.scanning import MAX_TEXT
from governance.guardrails.streaming import MAX_HELD

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "guardrails.md").read_text(encoding="utf-8")
GROUPS = {"secret": SECRETS, "personal": PII, "signal": SIGNALS}


def section(title: str) -> str:
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def test_the_table_has_every_class_with_its_group_and_default() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (\w+) \|", section("Classes"), flags=re.MULTILINE)
    assert rows == [(kind, group, DEFAULTS[kind]) for group, kinds in GROUPS.items() for kind in kinds]
    assert len(rows) == len(DataClass)


def test_every_action_and_every_fault_is_explained() -> None:
    assert re.findall(r"^\| `([\w-]+)` \|", section("Actions"), flags=re.MULTILINE) == list(Action)
    assert re.findall(r"^\| `([\w-]+)` \|", section("What blocks without a finding"), flags=re.MULTILINE) == list(Fault)


def test_the_bounds_are_those_of_the_code() -> None:
    told = section("What blocks without a finding").replace("\u00a0", " ")
    assert all(f"{bound:,}".replace(",", " ") in told for bound in (MAX_TEXT, MAX_VALUES, MAX_HELD, MAX_DEPTH))


def test_the_regions_and_the_example_are_those_that_the_code_takes() -> None:
    assert f"{', '.join(REGIONS[:-1])} and {REGIONS[-1]}" in PAGE
    (example,) = re.findall(r"choice is `(\{.*?\})`", PAGE)
    policy = read_policy(json.loads(example), b"k" * 16)
    assert policy is not STRICT
    assert isinstance(policy, GuardrailPolicy)
