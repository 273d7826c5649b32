"""Enough of `bedrock-agentcore-control` to create, change, find and remove runtimes."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from scripts.local_platform.agent_host.errors import RuntimeClientError, ValidationError
from scripts.local_platform.agent_host.runtimes import RuntimeVersion

if TYPE_CHECKING:
    from starlette.requests import Request

    from scripts.local_platform.agent_host.packages import PackageStore
    from scripts.local_platform.agent_host.runtimes import AgentRuntime, RuntimeRegistry
    from scripts.local_platform.agent_host.sessions import SessionPool

NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,47}")
ENTRY_POINT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_/.-]{0,120}\.py")
READY = "READY"
MAX_BODY = 1 << 20


class ControlPlane:
    """The calls that manage runtimes. A runtime is READY when they answer: its code has been imported."""

    def __init__(self, registry: RuntimeRegistry, packages: PackageStore, pool: SessionPool) -> None:
        self.registry = registry
        self.packages = packages
        self.pool = pool

    async def create(self, request: Request) -> Response:
        """`PUT /runtimes/`."""
        body = await read_json(request)
        name = body.get("agentRuntimeName", "")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise ValidationError("agentRuntimeName must be a letter and up to 47 letters, digits or _")
        self.registry.require_free(name)
        version = await self._version(body)
        await self._prove(name, version)
        runtime = self.registry.create(name, version)
        return JSONResponse(summary(runtime, version), status_code=202)

    async def update(self, request: Request) -> Response:
        """`PUT /runtimes/{id}/`: the next version, served by DEFAULT at once."""
        runtime = self.registry.get(request.path_params["runtime_id"])
        version = await self._version(await read_json(request))
        await self._prove(runtime.name, version)
        changed = self.registry.add_version(runtime.runtime_id, version)
        return JSONResponse(summary(changed, changed.latest), status_code=202)

    async def get(self, request: Request) -> Response:
        """`GET /runtimes/{id}/?version=`."""
        runtime = self.registry.get(request.path_params["runtime_id"])
        version = runtime.version(request.query_params.get("version"))
        return JSONResponse(details(runtime, version))

    async def list(self, _request: Request) -> Response:
        """`POST /runtimes/`: all of them, in one page."""
        runtimes = [listed(runtime, runtime.latest) for runtime in self.registry.all()]
        return JSONResponse({"agentRuntimes": runtimes})

    async def list_versions(self, request: Request) -> Response:
        """`POST /runtimes/{id}/versions/`."""
        runtime = self.registry.get(request.path_params["runtime_id"])
        return JSONResponse({"agentRuntimes": [listed(runtime, version) for version in runtime.versions]})

    async def delete(self, request: Request) -> Response:
        """`DELETE /runtimes/{id}/`: its sessions end too."""
        runtime = self.registry.delete(request.path_params["runtime_id"])
        await self.pool.drop_runtime(runtime.runtime_id)
        return JSONResponse({"status": "DELETING", "agentRuntimeId": runtime.runtime_id}, status_code=202)

    async def _version(self, body: dict[str, Any]) -> RuntimeVersion:
        """Read the request and fetch its code; the number is given by the registry."""
        code = code_configuration(body)
        package = await asyncio.to_thread(self.packages.fetch, code["code"]["s3"])
        entry_point = code["entryPoint"][-1]
        if not ENTRY_POINT.fullmatch(entry_point) or not (package / entry_point).is_file():
            raise ValidationError(f"entryPoint: the package has no {entry_point}")
        return RuntimeVersion(
            version="1", artifact=body["agentRuntimeArtifact"], role_arn=required(body, "roleArn"),
            entry_point=entry_point, package=package.name, description=body.get("description", ""),
            environment=body.get("environmentVariables", {}),
        )  # fmt: skip

    async def _prove(self, name: str, version: RuntimeVersion) -> None:
        """Import the code before the version exists, so that a broken package is refused at the push."""
        try:
            await self.pool.warm(name, version)
        except RuntimeClientError as error:
            raise ValidationError(str(error)) from error


async def read_json(request: Request) -> dict[str, Any]:
    """The body as an object, at most 1 MiB; raises ValidationError."""
    raw = await request.body()
    try:
        body = json.loads(raw) if len(raw) <= MAX_BODY else None
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ValidationError("The body is not a JSON object of at most 1 MiB")
    return body


def required(body: dict[str, Any], name: str) -> str:
    """A non-empty string of the body; raises ValidationError."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ValidationError(f"{name} is required")
    return value


def code_configuration(body: dict[str, Any]) -> dict[str, Any]:
    """`agentRuntimeArtifact.codeConfiguration`, checked; containers need Docker and are refused."""
    try:
        code: dict[str, Any] = body["agentRuntimeArtifact"]["codeConfiguration"]
        location = code["code"]["s3"]
        sound = all(isinstance(location[key], str) and location[key] for key in ("bucket", "prefix"))
        python = code["runtime"].startswith("PYTHON_3_")
        entry = [part for part in code["entryPoint"] if isinstance(part, str)]
    except (KeyError, TypeError, AttributeError):
        raise ValidationError(
            "agentRuntimeArtifact.codeConfiguration needs code.s3.bucket, code.s3.prefix, runtime, entryPoint"
        ) from None
    if not (sound and python and entry):
        raise ValidationError("agentRuntimeArtifact.codeConfiguration: a zip in S3 with a Python entry point")
    return {**code, "entryPoint": entry}


def summary(runtime: AgentRuntime, version: RuntimeVersion) -> dict[str, Any]:
    """What create and update answer."""
    return {
        "agentRuntimeArn": runtime.arn,
        "agentRuntimeId": runtime.runtime_id,
        "agentRuntimeVersion": version.version,
        "createdAt": runtime.created_at,
        "lastUpdatedAt": version.created_at,
        "status": READY,
    }


def listed(runtime: AgentRuntime, version: RuntimeVersion) -> dict[str, Any]:
    """One line of a list."""
    entry = summary(runtime, version)
    del entry["createdAt"]
    return {**entry, "agentRuntimeName": runtime.name, "description": version.description or runtime.name}


def details(runtime: AgentRuntime, version: RuntimeVersion) -> dict[str, Any]:
    """What get answers."""
    return {
        **summary(runtime, version),
        "agentRuntimeName": runtime.name,
        "roleArn": version.role_arn,
        "agentRuntimeArtifact": version.artifact,
        "environmentVariables": version.environment,
        "description": version.description or runtime.name,
        "networkConfiguration": {"networkMode": "PUBLIC"},
        "lifecycleConfiguration": {"idleRuntimeSessionTimeout": 900, "maxLifetime": 28800},
    }
