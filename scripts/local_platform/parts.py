"""The platform's processes besides the emulator: identity provider, agent host, edge."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scripts.bootstrap.paths import NODE_BIN, ROOT, VENV_PYTHON
from scripts.bootstrap.stamps import digest
from scripts.local_platform.emulator.part import answers
from scripts.local_platform.layout import REGION, ROOT_KEY, STANDBY_REGION
from scripts.local_platform.processes import Part

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.local_platform.layout import Layout

HERE = ROOT / "scripts" / "local_platform"
DIST = ROOT / "frontend" / "dist"
# in the order in which they start; they stop in the reverse
ALL = ("emulator", "identity-provider", "agent-host", "edge")
STANDBY = "standby-agent-host"
"""Not of `make dev`: who tries failover out starts it (`ambit failover standby`); `make dev-down` stops it too."""


def base_environment() -> dict[str, str]:
    """The few variables of the caller's shell that a part may see."""
    kept = ("HOME", "LANG", "LC_ALL", "SSL_CERT_FILE", "TMPDIR")
    inherited = {name: os.environ[name] for name in kept if name in os.environ}
    path = os.pathsep.join([str(VENV_PYTHON.parent), str(NODE_BIN), os.environ.get("PATH", "")])
    return {**inherited, "PATH": path, "PYTHONUNBUFFERED": "1"}


def aws_environment(layout: Layout) -> dict[str, str]:
    """Every AWS SDK and tool speaks to the local endpoint with its root credential."""
    return {
        "AWS_ENDPOINT_URL": layout.emulator_url,
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,  # a developer's own profiles and SSO sessions stay out of it
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def identity_provider_part(layout: Layout) -> Part:
    """The OpenID provider."""
    state = layout.state / "idp"
    state.mkdir(parents=True, exist_ok=True)
    return Part(
        name="identity-provider",
        command=[str(NODE_BIN / "node"), "server.mjs"],
        environment={
            **base_environment(),
            "PORT": str(layout.idp_port),
            "PUBLIC_URL": layout.public_url,
            "STATE_DIR": str(state),
        },
        port=layout.idp_port,
        cwd=HERE / "idp",
        ready=lambda: answers(f"{layout.idp_url}/healthz"),
        fingerprint=digest([HERE / "idp", layout.public_url]),
    )


def agent_host_part(layout: Layout) -> Part:
    """The agent host, which serves the AgentCore Runtime API with real processes."""
    return _agent_host(layout, "agent-host", layout.agent_host_port, REGION)


def standby_agent_host_part(layout: Layout) -> Part:
    """Another agent host, which stands for the standby region."""
    return _agent_host(layout, STANDBY, layout.standby_agent_host_port, STANDBY_REGION)


def _agent_host(layout: Layout, name: str, port: int, region: str) -> Part:
    gateway = f"{layout.public_url}/v1/gateway"
    options = ["--aws-endpoint", layout.emulator_url, "--state-dir", str(layout.state / name), "--gateway-url", gateway]
    command = [str(VENV_PYTHON), "-m", "scripts.local_platform.agent_host", "--port", str(port), "--region", region]
    return Part(
        name=name,
        command=[*command, *options],
        environment={**base_environment(), **aws_environment(layout)},
        port=port,
        cwd=ROOT,
        ready=lambda: answers(f"http://127.0.0.1:{port}/ping"),
        fingerprint=digest([HERE / "agent_host", ROOT / "uv.lock"]),
    )


def edge_part(layout: Layout, deployed: str) -> Part:
    """The public origin. `deployed` is the digest of what is deployed: its functions and outputs."""
    options = ["--emulator-url", layout.emulator_url, "--outputs", str(layout.outputs)]
    folders = ["--dist", str(DIST), "--scratch", str(layout.state / "edge")]
    command = [str(VENV_PYTHON), "-m", "scripts.local_platform.edge", "--port", str(layout.edge_port)]
    return Part(
        name="edge",
        command=[*command, *options, *folders],
        environment={**base_environment(), "PYTHONPATH": str(ROOT / "layers")},
        port=layout.edge_port,
        cwd=ROOT,
        ready=lambda: answers(f"{layout.public_url}/_edge/health"),
        fingerprint=digest([HERE / "edge", ROOT / "layers" / "platform_kit", deployed]),
    )


def part_log(layout: Layout, name: str) -> Path:
    """Where a part's output goes."""
    return layout.logs / f"{name}.log"
