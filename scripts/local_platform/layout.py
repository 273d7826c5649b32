"""Ports, addresses and files of one local platform. The ports are the base ports plus `AMBIT_PORT_OFFSET`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from scripts.bootstrap.paths import STATE

REGION = "us-east-1"
STANDBY_REGION = "us-west-2"
ACCOUNT = "000000000000"
ROOT_KEY = "test"
STAGE = "local"
AUDIENCE = "ambit-api"


@dataclass(frozen=True)
class Layout:
    """Where the parts of one platform listen and what they write. `state` holds its logs, pid files and results."""

    offset: int
    state: Path

    @property
    def emulator_port(self) -> int:
        """The AWS endpoint."""
        return 4566 + self.offset

    @property
    def edge_port(self) -> int:
        """The one public address: API, BFF and web app."""
        return 8080 + self.offset

    @property
    def idp_port(self) -> int:
        """The identity provider."""
        return 8090 + self.offset

    @property
    def agent_host_port(self) -> int:
        """The agent host, which serves the AgentCore Runtime API."""
        return 8099 + self.offset

    @property
    def standby_agent_host_port(self) -> int:
        """A second agent host, which stands for the standby region when it is up."""
        return 8097 + self.offset

    @property
    def emulator_url(self) -> str:
        """The AWS endpoint's address."""
        return f"http://127.0.0.1:{self.emulator_port}"

    @property
    def public_url(self) -> str:
        """The edge's address."""
        return f"http://127.0.0.1:{self.edge_port}"

    @property
    def idp_url(self) -> str:
        """The identity provider's address; its issuers are paths below it."""
        return f"http://127.0.0.1:{self.idp_port}"

    @property
    def agent_host_url(self) -> str:
        """The agent host's address."""
        return f"http://127.0.0.1:{self.agent_host_port}"

    @property
    def standby_agent_host_url(self) -> str:
        """The second agent host's address."""
        return f"http://127.0.0.1:{self.standby_agent_host_port}"

    @property
    def issuer(self) -> str:
        """The platform-bound issuer."""
        return f"{self.idp_url}/oidc"

    @property
    def tenant_issuer(self) -> str:
        """The issuer that is bound to the tenant globex."""
        return f"{self.idp_url}/globex"

    @property
    def logs(self) -> Path:
        """One log file a part."""
        return self.state / "logs"

    @property
    def pids(self) -> Path:
        """One pid file a part."""
        return self.state / "pids"

    @property
    def dev_json(self) -> Path:
        """What clients and tests read to find the platform."""
        return self.state / "dev.json"

    @property
    def outputs(self) -> Path:
        """The stacks' outputs, as the CDK command line writes them."""
        return self.state / "outputs.json"

    @property
    def stamps(self) -> Path:
        """Digests of what the running platform was made from."""
        return self.state / "stamps"


def layout_from_environment() -> Layout:
    """The layout that `AMBIT_PORT_OFFSET` and `AMBIT_STATE` ask for; by default offset 0 and `.ambit/`."""
    state = os.environ.get("AMBIT_STATE")
    return Layout(int(os.environ.get("AMBIT_PORT_OFFSET", "0")), Path(state).resolve() if state else STATE)
