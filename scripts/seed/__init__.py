"""Fills a fresh local platform: its own records, two tenants, the reference agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.bootstrap.paths import ROOT
from scripts.bootstrap.progress import step
from scripts.bootstrap.stamps import Stamps, digest
from scripts.local_platform.deployment import endpoint_identity
from scripts.local_platform.edge.deployed import flat_outputs
from scripts.seed import agents, evaluations, records, tenants
from scripts.seed.errors import SeedFailed

if TYPE_CHECKING:
    from scripts.local_platform.layout import Layout

__all__ = ["SeedFailed", "seed"]


def seed(layout: Layout, deployed: str) -> None:
    """Seed what changed: records and tenants once a deployment, agents when their sources change."""
    stamps = Stamps(layout.stamps)
    # `cdk deploy` writes the stacks in the order in which they finish
    place = repr(sorted(flat_outputs(layout.outputs).items())) + endpoint_identity(layout)
    once(
        stamps, "platform records", digest([ROOT / "scripts" / "seed", deployed, place]), lambda: records.write(layout)
    )
    once(stamps, "tenants", digest([place]), lambda: tenants.create(layout))
    suites = digest([evaluations.SUITES, ROOT / "scripts" / "seed", place])
    once(stamps, "evaluation tenant", suites, lambda: evaluations.prepare(layout))
    for name, folder in agents.reference_agents():
        wanted = digest([folder, ROOT / "agents" / "kit", ROOT / "uv.lock", place])
        once(stamps, f"agent {name}", wanted, lambda name=name: agents.push(layout, name))


def once(stamps: Stamps, name: str, wanted: str, act: object) -> None:
    """Run one step unless it was done for this digest."""
    with step(name) as progress:
        if stamps.is_fresh(name.replace(" ", "-"), wanted):
            progress.note = "unchanged"
            return
        progress.note = act() or ""  # type: ignore[operator] # see the callers: a function that returns a note
        stamps.mark(name.replace(" ", "-"), wanted)
