from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1024 * 1024


@dataclass(frozen=True)
class HostSettings:
    """What the host may use. Times are seconds, sizes bytes.

    AgentCore Runtime reaps a session after 15 idle minutes and lets it live eight hours; a laptop has
    less memory than a fleet of microVMs, so the idle time here is shorter and the sessions are counted.
    `region` is the one that the ARNs of its runtimes name.
    `gateway_url` is what agents find in their invocation; without it a sandboxed agent reaches nothing at all.
    """

    state_dir: Path
    aws_endpoint: str | None = None
    region: str = "us-east-1"
    idle_seconds: float = 120
    lifetime_seconds: float = 8 * 3600
    invocation_seconds: float = 15 * 60
    max_sessions: int = 24
    max_zygotes: int = 12
    zygote_idle_seconds: float = 900
    import_seconds: float = 60
    stop_seconds: float = 0.5
    reap_every_seconds: float = 5
    gateway_url: str | None = None
    session_memory: int = 2048 * MIB
    session_processes: int = 256
    session_tmp: int = 256 * MIB
    session_files: int = 1024
    session_file_size: int = 2048 * MIB
    max_payload: int = 100 * MIB
    max_package: int = 250 * MIB
    max_unpacked: int = 750 * MIB
    max_package_files: int = 50_000
