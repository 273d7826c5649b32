"""`AMBIT_LOCAL=localstack`: the same deployment against the container of docker-compose.yml."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scripts.bootstrap.progress import PrerequisiteMissing
from scripts.local_platform.emulator.part import answers

if TYPE_CHECKING:
    from scripts.local_platform.layout import Layout


def wants_localstack() -> bool:
    """True when the AWS endpoint is LocalStack's container instead of our emulator."""
    choice = os.environ.get("AMBIT_LOCAL", "ministack")
    if choice not in {"ministack", "localstack"}:
        raise PrerequisiteMissing(f"AMBIT_LOCAL={choice}: must be ministack or localstack")
    return choice == "localstack"


def check_localstack(layout: Layout) -> None:
    """PrerequisiteMissing unless the container answers."""
    if not answers(f"{layout.emulator_url}/_localstack/health"):
        raise PrerequisiteMissing(
            f"LocalStack does not answer on {layout.emulator_url}: run "
            f"`AMBIT_EMULATOR_PORT={layout.emulator_port} LOCALSTACK_AUTH_TOKEN=… docker compose up -d --wait`"
        )
