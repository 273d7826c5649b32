from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from scripts.local_platform.emulator.patches.map_concurrency import limited

SERVICE = SimpleNamespace(_resolve_path_or_ctx=lambda path, data, _context: data[path.removeprefix("$.")])


def test_the_number_is_read_from_the_input() -> None:
    state: dict[str, Any] = {"Type": "Map", "MaxConcurrencyPath": "$.most"}
    assert limited(SERVICE, state, {"most": 3}, {}) == {**state, "MaxConcurrency": 3}


def test_a_state_without_a_path_stays_as_it_is() -> None:
    state = {"Type": "Map", "MaxConcurrency": 5}
    assert limited(SERVICE, state, {}, {}) is state
