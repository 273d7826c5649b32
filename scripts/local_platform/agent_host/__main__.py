"""`python -m scripts.local_platform.agent_host --port 8099 --aws-endpoint http://127.0.0.1:4566`."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from scripts.local_platform.agent_host.app import create_app
from scripts.local_platform.agent_host.settings import HostSettings


def arguments() -> argparse.ArgumentParser:
    """The command line; defaults are HostSettings'."""
    parser = argparse.ArgumentParser(prog="agent-host", description="The local AgentCore Runtime.")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--aws-endpoint", default=None, help="where S3 is (default: as boto3 finds it)")
    parser.add_argument("--region", default=HostSettings.region, help="which region it stands for")
    parser.add_argument("--state-dir", type=Path, default=Path(".ambit/agent-host"))
    parser.add_argument("--gateway-url", default=None, help="where agents are told the gateway is")
    parser.add_argument("--idle-seconds", type=float, default=HostSettings.idle_seconds)
    parser.add_argument("--max-sessions", type=int, default=HostSettings.max_sessions)
    parser.add_argument("--invocation-seconds", type=float, default=HostSettings.invocation_seconds)
    return parser


def main() -> None:
    """Serve on loopback until SIGTERM or SIGINT, then end every agent."""
    options = arguments().parse_args()
    settings = HostSettings(
        state_dir=options.state_dir.resolve(),
        aws_endpoint=options.aws_endpoint,
        region=options.region,
        gateway_url=options.gateway_url,
        idle_seconds=options.idle_seconds,
        max_sessions=options.max_sessions,
        invocation_seconds=options.invocation_seconds,
    )
    uvicorn.run(
        create_app(settings), host="127.0.0.1", port=options.port,
        log_level="warning", access_log=False, timeout_graceful_shutdown=2,
    )  # fmt: skip


if __name__ == "__main__":
    main()
