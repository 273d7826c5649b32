"""Which findings stand: those that no reason, written beside the resource, sets aside."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.guard.cfn_guard import OUR_RULES, Finding, check, control_tower_rules, unpack
from infra.guard.control_tower import excluded
from infra.guard.metadata import REASONS


@dataclass(frozen=True)
class Verdict:
    """The outcome of a stage: what is broken, and what is set aside with its reason."""

    broken: tuple[Finding, ...]
    suppressed: tuple[tuple[Finding, str], ...]


def judge(folder: Path, stage: str) -> Verdict:
    """Check every template of a stage against the Control Tower rules and ours."""
    templates = sorted(folder.glob("*.template.json"))
    resources = {path.name: json.loads(path.read_text())["Resources"] for path in templates}
    found = check(templates, [*concerning(resources.values()), OUR_RULES])
    not_asked = excluded(stage)
    return sort_out((finding for finding in found if finding.rule not in not_asked), resources)


def concerning(stacks: Iterable[Mapping[str, Any]]) -> list[Path]:
    """The Control Tower rules about any type of resource in these stacks; the others would pass by saying nothing."""
    kinds = {f'"{resource["Type"]}"' for resources in stacks for resource in resources.values()}
    rules = sorted(control_tower_rules(unpack()).rglob("*.guard"))
    return [rule for rule in rules if any(kind in rule.read_text().replace("'", '"') for kind in kinds)]


def sort_out(findings: Iterable[Finding], resources: Mapping[str, Mapping[str, Any]]) -> Verdict:
    """Set aside what a resource's own metadata gives a reason for; a suppression without a reason does nothing."""
    broken: list[Finding] = []
    suppressed: list[tuple[Finding, str]] = []
    for finding in findings:
        reason = reason_for(finding, resources[finding.template].get(finding.resource, {}))
        if reason:
            suppressed.append((finding, reason))
        else:
            broken.append(finding)
    return Verdict(tuple(broken), tuple(suppressed))


def reason_for(finding: Finding, resource: Mapping[str, Any]) -> str | None:
    """The written reason why this resource may break the rule, if it names both."""
    metadata = resource.get("Metadata", {})
    named = finding.rule in metadata.get("guard", {}).get("SuppressedRules", [])
    reason = metadata.get(REASONS, {}).get(finding.rule, "").strip()
    return reason if named and reason else None
