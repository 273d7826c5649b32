"""The host's ASGI application: both planes on one port, as boto3 addresses them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, cast

import boto3
from botocore.config import Config
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from scripts.local_platform.agent_host import confinement
from scripts.local_platform.agent_host.control_plane import ControlPlane
from scripts.local_platform.agent_host.data_plane import DataPlane
from scripts.local_platform.agent_host.errors import AgentCoreError, as_response
from scripts.local_platform.agent_host.packages import PackageStore
from scripts.local_platform.agent_host.runtimes import RuntimeRegistry
from scripts.local_platform.agent_host.sessions import SessionPool
from scripts.local_platform.agent_host.signature import require_signature

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from mypy_boto3_s3 import S3Client
    from starlette.requests import Request
    from starlette.responses import Response

    from scripts.local_platform.agent_host.settings import HostSettings

    Handler = Callable[[Request], Awaitable[Response]]


def create_app(settings: HostSettings, s3: S3Client | None = None) -> Starlette:
    """Wire the host; `s3` defaults to a client of the local AWS endpoint."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    registry = RuntimeRegistry(settings.state_dir / "runtimes.json", settings.region)
    packages = PackageStore(s3 or s3_client(settings), settings)
    pool = SessionPool(packages, settings)
    app = Starlette(
        routes=routes(DataPlane(registry, pool, settings), ControlPlane(registry, packages, pool)),
        exception_handlers={AgentCoreError: _answer_error},
        lifespan=_lifespan(pool, settings),
    )
    app.state.pool = pool
    return app


def routes(data: DataPlane, control: ControlPlane) -> list[Route]:
    """Paths and methods as in the two service models of botocore."""
    one = "/runtimes/{runtime_id}/"
    return [
        Route("/ping", _ping),
        Route("/sandbox", _sandbox),
        Route("/runtimes/{arn:path}/invocations", signed(data.invoke), methods=["POST"]),
        Route("/runtimes/{arn:path}/stopruntimesession", signed(data.stop), methods=["POST"]),
        Route("/runtimes/", signed(control.create), methods=["PUT"]),
        Route("/runtimes/", signed(control.list), methods=["POST"]),
        Route(f"{one}versions/", signed(control.list_versions), methods=["POST"]),
        Route(one, signed(control.get), methods=["GET"]),
        Route(one, signed(control.update), methods=["PUT"]),
        Route(one, signed(control.delete), methods=["DELETE"]),
    ]


def signed(handler: Handler) -> Handler:
    """The handler behind the check of the signature's form."""

    async def checked(request: Request) -> Response:
        require_signature(request.headers.get("authorization"))
        return await handler(request)

    return checked


def s3_client(settings: HostSettings) -> S3Client:
    """S3 of the local AWS endpoint, addressed by path: bucket host names do not resolve there."""
    config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 3}, read_timeout=30)
    return boto3.client("s3", endpoint_url=settings.aws_endpoint, region_name="us-east-1", config=config)


async def _ping(_request: Request) -> Response:
    return JSONResponse({"status": "Healthy"})


async def _sandbox(request: Request) -> Response:
    """Whether agents run in a sandbox, and what was turned away at their doors since the start."""
    pool: SessionPool = request.app.state.pool
    return JSONResponse({**pool.confinement.describe(), "refusals": dict(pool.refusals)})


async def _answer_error(_request: Request, error: Exception) -> Response:
    return as_response(cast("AgentCoreError", error))


def _lifespan(
    pool: SessionPool, settings: HostSettings
) -> Callable[[Starlette], contextlib.AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        pool.confinement = await confinement.find_out(settings)
        print(pool.confinement.line(), flush=True)
        reaper = asyncio.create_task(pool.reap_forever())
        yield
        reaper.cancel()
        await pool.close()

    return lifespan
