"""`python -m scripts.local_platform.edge --port 8080 --emulator-url … --outputs … --dist … --scratch …`."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from scripts.local_platform.edge.app import Edge, EdgeSettings


def settings() -> EdgeSettings:
    """The command line, all of it required."""
    parser = argparse.ArgumentParser(prog="edge", description="The local public origin.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--emulator-url", required=True)
    for name in ("--outputs", "--dist", "--scratch"):
        parser.add_argument(name, type=Path, required=True)
    return EdgeSettings(**vars(parser.parse_args()))


def main() -> None:
    """Serve on loopback until a signal."""
    chosen = settings()
    uvicorn.run(
        Edge(chosen), host="127.0.0.1", port=chosen.port,
        log_level="warning", access_log=False, proxy_headers=False, server_header=False, timeout_graceful_shutdown=2,
    )  # fmt: skip


if __name__ == "__main__":
    main()
