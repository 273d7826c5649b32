from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from scripts.local_platform.agent_host import reference

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_reference_agent_is_known_by_what_it_is_made_of_not_by_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Packages:
        def __init__(self, _target: object) -> None: ...

        def agent(self, agent: Any) -> Path:
            path = tmp_path / f"{agent.name}.zip"
            path.write_text(agent.name)
            return path

    monkeypatch.setattr(reference, "Bundler", Packages)
    found = reference.reference_digests.__wrapped__()
    assert hashlib.sha256(b"echo-agent").hexdigest() in found
    assert hashlib.sha256(b"echo-agent, altered").hexdigest() not in found
    assert len(found) == 4
