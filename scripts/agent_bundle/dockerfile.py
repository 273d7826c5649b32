"""The image of an agent as AgentCore Runtime wants it: arm64, port 8080, `/ping` and `/invocations`, no root."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from infra.config import PackageTarget

PORT: Final = 8080
"""https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-http-protocol-contract.html"""
USER: Final = 10001
_PLATFORMS: Final = {"arm64": "linux/arm64", "x86_64": "linux/amd64"}
_TEXT: Final = """\
# Made by `ambit bundle`; the package beside it is checked against its digest before it is unpacked.
# Pin the base by its digest in your pipeline: --build-arg BASE=…@sha256:…
ARG BASE=public.ecr.aws/docker/library/python:{python}-slim
FROM --platform={platform} ${{BASE}}
WORKDIR /app
COPY package.zip /tmp/package.zip
RUN echo "{digest}  /tmp/package.zip" | sha256sum --check --strict - \\
 && python -m zipfile -e /tmp/package.zip /app \\
 && rm /tmp/package.zip \\
 && chmod -R a=rX /app
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DOCKER_CONTAINER=1
USER {user}:{user}
EXPOSE {port}
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s \\
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:{port}/ping', timeout=2)"]
CMD ["python", "{entry_point}"]
"""


def dockerfile(digest: str, entry_point: str, target: PackageTarget) -> bytes:
    """The Dockerfile beside a package of this digest."""
    python = f"{target.python[0]}.{target.python[1]}"
    text = _TEXT.format(
        python=python,
        platform=platform_of(target),
        digest=digest,
        user=USER,
        port=PORT,
        entry_point=entry_point,
    )
    return text.encode()


def platform_of(target: PackageTarget) -> str:
    """The container platform's name, such as `linux/arm64`."""
    return _PLATFORMS[target.architecture]
