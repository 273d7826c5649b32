"""The arrows of ARCHITECTURE.md, as import-linter sees them; and that a wrong arrow is seen."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
LINT: Final = Path(sys.executable).parent / "lint-imports"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": f"{folder}:{folder / 'layers'}"}
    command = [str(LINT), "--config", str(folder / "pyproject.toml"), "--no-cache"]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=100
    )


def clone_with(tmp_path: Path, module: str, line: str) -> Path:
    """The configuration and an empty tree of its packages, with one import added to one module."""
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    for package in ("infra", "scripts", "data_access_lib", "lambdas", "lambdas/bridge", "lambdas/files"):
        _package(tmp_path / package)
    for layer in ("platform_kit", "governance", "run_lifecycle", "enforcement"):
        _package(tmp_path / "layers" / layer)
    for name in ("handler", "routes", "service", "models", "settings"):
        (tmp_path / "lambdas" / "bridge" / f"{name}.py").touch()
    (tmp_path / "scripts" / "synth.py").write_text("import aws_cdk\n")
    _package(tmp_path / "layers" / "governance" / "policy")
    (tmp_path / "layers" / "governance" / "policy" / "cedar.py").write_text("import cedarpy\n")
    (tmp_path / module).write_text(f"{line}\n")
    return tmp_path


def _package(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").touch()


def test_every_import_goes_the_right_way() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


WRONG: Final = {
    "the kit imports data access": ("layers/platform_kit/x.py", "import data_access_lib"),
    "governance imports data access": ("layers/governance/x.py", "import data_access_lib"),
    "data access imports a function": ("data_access_lib/x.py", "import lambdas.bridge.service"),
    "a function imports infrastructure": ("lambdas/bridge/x.py", "import infra"),
    "a function imports a script": ("lambdas/bridge/x.py", "import scripts"),
    "a capability imports another": ("lambdas/bridge/x.py", "import lambdas.files"),
    "routes import the handler": ("lambdas/bridge/routes.py", "import lambdas.bridge.handler"),
    "a service imports its routes": ("lambdas/bridge/service.py", "import lambdas.bridge.routes"),
    "a function imports the CDK": ("lambdas/bridge/x.py", "import aws_cdk"),
    "a script imports the CDK": ("scripts/x.py", "import aws_cdk"),
    "a function imports the policy engine": ("lambdas/bridge/x.py", "import cedarpy"),
    "data access imports an HTTP client": ("data_access_lib/x.py", "import httpx"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_arrow_is_seen(wrong: tuple[str, str], tmp_path: Path) -> None:
    done = lint(clone_with(tmp_path, *wrong))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 broken" in done.stdout or "2 broken" in done.stdout


def test_an_empty_tree_has_no_wrong_arrow(tmp_path: Path) -> None:
    done = lint(clone_with(tmp_path, "lambdas/bridge/x.py", "import lambdas.bridge.service"))
    assert done.returncode == 0, done.stdout + done.stderr
