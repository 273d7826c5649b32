"""Outside a sandbox the probe must find gaps: one that finds none anywhere proves nothing."""

from __future__ import annotations

import sys

import pytest

from scripts.local_platform.agent_host import probe


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
def test_without_walls_the_probe_finds_what_is_missing() -> None:
    found = " ".join(probe.gaps())
    for gap in ("NoNewPrivs is 0", "Seccomp is 0", "other processes are seen", "/bin is there", "/sys is there"):
        assert gap in found


def test_it_serves_as_the_agent_and_as_its_server() -> None:
    config = probe.Config(probe.app, log_level="warning")
    config.load()
    assert probe.Server(config).app is probe.gaps
