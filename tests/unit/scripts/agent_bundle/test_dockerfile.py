import re

import pytest

from infra.config import PackageTarget
from scripts.agent_bundle.dockerfile import dockerfile, platform_of

ARM = PackageTarget((3, 13), "arm64", None)
TEXT = dockerfile("d" * 64, "main.py", ARM).decode()


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} (.+)$", TEXT, re.MULTILINE)


def test_it_is_what_agentcore_runs() -> None:
    assert instructions("EXPOSE") == ["8080"]
    assert instructions("FROM") == ["--platform=linux/arm64 ${BASE}"]
    assert instructions("CMD") == ['["python", "main.py"]']
    assert "DOCKER_CONTAINER=1" in instructions("ENV")[0], "so that the agents' server listens to the outside"


def test_nothing_runs_as_root_or_by_name() -> None:
    assert instructions("USER") == ["10001:10001"]
    assert TEXT.index("\nUSER ") < TEXT.index("\nCMD ")


def test_the_package_is_checked_before_it_is_unpacked() -> None:
    (run,) = re.findall(r"^RUN (.+?)(?:\n[A-Z])", TEXT, re.MULTILINE | re.DOTALL)
    assert run.index("sha256sum --check --strict") < run.index("zipfile -e")
    assert f'"{"d" * 64}  /tmp/package.zip"' in run


@pytest.mark.parametrize(("architecture", "platform"), [("arm64", "linux/arm64"), ("x86_64", "linux/amd64")])
def test_platforms_have_their_containers_names(architecture: str, platform: str) -> None:
    target = PackageTarget((3, 12), architecture, None)  # type: ignore[arg-type] # one of the two
    assert platform_of(target) == platform
    assert "python:3.12-slim" in dockerfile("d" * 64, "main.py", target).decode()
