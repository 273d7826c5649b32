"""The emulator as a part of the platform."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from scripts.bootstrap.paths import EMULATOR_PYTHON, ROOT
from scripts.bootstrap.stamps import digest
from scripts.local_platform.emulator.environment import emulator_environment
from scripts.local_platform.processes import Part

if TYPE_CHECKING:
    from scripts.local_platform.layout import Layout

HEALTH = "/_ministack/health"


def answers(url: str) -> bool:
    """True when a GET of the URL answers 2xx within two seconds."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - loopback, fixed scheme
            return bool(200 <= answer.status < 300)  # noqa: PLR2004 - HTTP success
    except (OSError, urllib.error.URLError):
        return False


def emulator_part(layout: Layout) -> Part:
    """The emulator on the layout's port, restarted when a correction or its pin changes."""
    scratch = layout.state / "emulator"
    scratch.mkdir(parents=True, exist_ok=True)
    sources = [ROOT / "scripts/local_platform/emulator", ROOT / "scripts/bootstrap/emulator.requirements.txt"]
    return Part(
        name="emulator",
        command=[str(EMULATOR_PYTHON), "-m", "scripts.local_platform.emulator.launch"],
        environment=emulator_environment(layout.emulator_port, scratch, layout.logs / "functions.log"),
        port=layout.emulator_port,
        cwd=ROOT,
        ready=lambda: answers(layout.emulator_url + HEALTH),
        fingerprint=digest(sources),
        start_seconds=30,
    )
