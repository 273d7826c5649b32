"""`ambit doctor`: whether everything is there that is needed, and answers."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from scripts.ambit_cli import stack
from scripts.ambit_cli.exits import Exit
from scripts.ambit_cli.finding import Finding
from scripts.ambit_cli.output import Json, print_json


def doctor(
    folder: Annotated[Path | None, typer.Argument(help="An agent's folder to look into, too.")] = None,
    *,
    folder_only: Annotated[bool, typer.Option(help="Look at nothing but the folder, as a pipeline does.")] = False,
    json_: Json = False,
) -> None:
    """Check this machine, the platform and an agent's folder; exit code 1 when something is wrong."""
    findings = [] if folder is not None and folder_only else [*_machine(), *_platform()]
    if folder is not None:
        from scripts.ambit_cli.commands.doctor_folder import folder_findings

        findings += folder_findings(folder.resolve())
    if json_:
        print_json([vars(finding) for finding in findings])
    else:
        for finding in findings:
            typer.echo(f"{'ok  ' if finding.ok else 'BAD '} {finding.check:<18} {finding.detail}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(Exit.FAILED)


def _machine() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", sys.version_info >= (3, 11), f"{version} (needs 3.11 or newer)")
    yield Finding("git", shutil.which("git") is not None, shutil.which("git") or "install it: apt-get install git")
    free = shutil.disk_usage(Path.cwd()).free // 2**30
    yield Finding("disk", free >= 3, f"{free} GiB free (a local stack needs about 3)")  # noqa: PLR2004 - stated


def _platform() -> Iterator[Finding]:
    if not os.environ.get("AMBIT_API_URL") and stack.find_dev_file() is None:
        yield Finding("platform", False, "none found: run `make dev`, or set AMBIT_API_URL")  # noqa: FBT003 - a finding
        return
    found = stack.current()
    yield _answers("api", f"{found.api_url}/v1/health")
    if found.issuer:
        yield _answers("identity provider", f"{found.issuer}/.well-known/openid-configuration")
    local = found.local or {}
    for name, key, path in (
        ("emulator", "emulatorUrl", "/_ministack/health"),
        ("agent host", "agentHostUrl", "/ping"),
    ):
        if key in local:
            yield _answers(name, f"{local[key]}{path}")
    if "agentHostUrl" in local:
        yield _sandbox(f"{local['agentHostUrl']}/sandbox")


def _sandbox(url: str) -> Finding:
    """Whether the agent host puts agents into a sandbox; where it cannot, it runs none but the reference agents."""
    import httpx

    try:
        told = httpx.get(url, timeout=5).raise_for_status().json()
    except httpx.HTTPError as error:
        return Finding("sandbox", ok=False, detail=f"{url}: {type(error).__name__}")
    if told["sandboxed"]:
        return Finding("sandbox", ok=True, detail=f"on, {len(told['layers'])} layers")
    return Finding("sandbox", ok=False, detail=f"off: {told['reason']}; only the reference agents run here")


def _answers(name: str, url: str) -> Finding:
    return _attempt(name, url, lambda: _status(url))


def _attempt(name: str, url: str, call: Callable[[], int]) -> Finding:
    import httpx

    try:
        status = call()
    except httpx.HTTPError as error:
        return Finding(name, False, f"{url}: {type(error).__name__}; is `make dev` up? `make dev-logs` shows why not")  # noqa: FBT003
    return Finding(name, status < 400, f"{url}: HTTP {status}")  # noqa: PLR2004 - HTTP's own line


def _status(url: str) -> int:
    import httpx

    return httpx.get(url, timeout=5).status_code
