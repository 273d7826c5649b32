"""The packages themselves: what is inside is what the function needs, for the machine it runs on."""

import hashlib
import importlib.util
import re
import struct
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

import pytest

from infra.bundling import archive, botocore_data
from infra.bundling.agents import reference_agents
from infra.bundling.bundler import Bundler, Dependencies
from infra.bundling.bytecode import compile_tree, interpreter_for
from infra.bundling.wheels import BundlingError, Requirements, prune
from infra.config import CLOUD_PYTHON, REFERENCE_AGENTS, settings_for
from infra.functions import FUNCTIONS, FunctionSpec

KEPT: Final = 6
AARCH64: Final = 183  # e_machine of the ELF header
MAGIC_3_13: Final = 3571  # https://github.com/python/cpython/blob/3.13/Include/internal/pycore_magic_number.h
UNCHECKED_HASH: Final = 0b01  # PEP 552: hash-based, source not checked
# What Lambda takes unzipped, layers included.
MOST_BYTES: Final = 250_000_000
CLOUD: Final = settings_for("dev").target
LOCAL: Final = settings_for("local").target
AGENTS: Final = reference_agents()
IMPORT: Final = """
import sys
sys.path[:] = [path for path in sys.path if "site-packages" not in path]
sys.path.insert(0, {asset!r})
import importlib
module = importlib.import_module({module!r})
assert hasattr(module, {attribute!r}), {attribute!r}
outside = [m.__file__ for m in sys.modules.values() if getattr(m, "__file__", None) and "site-packages" in m.__file__]
assert not outside, outside
"""


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packages")


def _unpack(package: Path, folder: Path) -> Path:
    target = folder / package.stem
    if not target.exists():
        with zipfile.ZipFile(package) as opened:
            opened.extractall(target)
    return target


def _environment(spec: FunctionSpec) -> dict[str, str]:
    """Values of the right shape: importing a handler may read its settings but calls nobody."""
    given = dict.fromkeys(spec.variables, "x") | {"USAGE_PLAN_IDS": "{}", "AWS_REGION": "us-east-1"}
    return given | {"SYNC_TIMEOUT_SECONDS": "25", "STREAM_TIMEOUT_SECONDS": "840", "POWERTOOLS_LOG_LEVEL": "INFO"}


def _import_alone(asset: Path, module: str, attribute: str, environment: dict[str, str]) -> None:
    code = IMPORT.format(asset=str(asset), module=module, attribute=attribute)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr[-1500:]


def _handler_of(spec: FunctionSpec) -> tuple[str, str]:
    module, _, attribute = spec.handler.replace(":", ".").rpartition(".")
    return module, attribute


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_a_local_functions_handler_imports_from_its_package_alone(spec: FunctionSpec, unpacked: Path) -> None:
    asset = _unpack(Bundler(LOCAL).package(spec), unpacked)

    _import_alone(asset, *_handler_of(spec), _environment(spec))


def test_an_import_from_outside_the_package_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "needs.py").write_text("import boto3\n")
    with pytest.raises(AssertionError, match="boto3"):
        _import_alone(tmp_path, "needs", "boto3", {})


@pytest.mark.parametrize("name", [*(spec.name for spec in FUNCTIONS), *(agent.name for agent in AGENTS)])
def test_a_cloud_package_is_made_for_python_3_13_on_arm(name: str) -> None:
    with zipfile.ZipFile(_cloud_package(name)) as asset:
        _check_wheel_tags(asset)
        _check_machines(asset)
        _check_bytecode(asset)
        assert sum(entry.file_size for entry in asset.infolist()) < MOST_BYTES


def _cloud_package(name: str) -> Path:
    bundler = Bundler(CLOUD)
    specs = {spec.name: spec for spec in FUNCTIONS}
    agents = {agent.name: agent for agent in AGENTS}
    return bundler.package(specs[name]) if name in specs else bundler.agent(agents[name])


def _head(asset: zipfile.ZipFile, name: str, length: int) -> bytes:
    with asset.open(name) as file:
        return file.read(length)


def _check_wheel_tags(asset: zipfile.ZipFile) -> None:
    wheels = [name for name in asset.namelist() if fnmatch(name, "*.dist-info/WHEEL")]
    tags = [line for name in wheels for line in asset.read(name).decode().splitlines()]
    named = [line.removeprefix("Tag: ") for line in tags if line.startswith("Tag: ")]
    fits = re.compile(r"^(py2|py3|cp3\d+|cp313)-(none|abi3|cp313)-(any|(many|musl)?linux.*aarch64)$")

    assert named
    assert [tag for tag in named if not fits.match(tag)] == []


def _check_machines(asset: zipfile.ZipFile) -> None:
    libraries = [name for name in asset.namelist() if fnmatch(name.rpartition("/")[2], "*.so*")]
    headers = {name: _head(asset, name, 20) for name in libraries}

    assert {header[:4] for header in headers.values()} <= {b"\x7fELF"}
    assert {name for name, header in headers.items() if struct.unpack_from("<H", header, 18)[0] != AARCH64} == set()


def _check_bytecode(asset: zipfile.ZipFile) -> None:
    compiled = [name for name in asset.namelist() if name.endswith(".pyc")]
    if interpreter_for(CLOUD_PYTHON) is None:
        assert compiled == [], "never another interpreter's bytecode"
        return
    heads = {name: _head(asset, name, 8) for name in compiled}
    assert heads
    assert {struct.unpack_from("<H", head)[0] for head in heads.values()} == {MAGIC_3_13}
    assert {struct.unpack_from("<I", head, 4)[0] for head in heads.values()} == {UNCHECKED_HASH}


def test_every_reference_agent_has_a_package() -> None:
    assert {agent.name for agent in AGENTS} == set(REFERENCE_AGENTS)


def test_the_stream_package_starts_its_server() -> None:
    spec = next(spec for spec in FUNCTIONS if spec.streaming)
    with zipfile.ZipFile(Bundler(CLOUD).package(spec)) as package:
        start = package.read("run.sh").decode()
        mode = package.getinfo("run.sh").external_attr >> 16

    assert f"uvicorn {spec.handler} " in start
    assert mode & 0o111, "executable"


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_a_package_carries_the_service_models_it_calls_and_no_other(spec: FunctionSpec) -> None:
    with zipfile.ZipFile(Bundler(LOCAL).package(spec)) as package:
        found = {botocore_data.service_of(name) for name in package.namelist()} - {None}

    assert found == set(spec.services)


def test_the_same_sources_make_the_same_bytes(tmp_path: Path) -> None:
    small = FunctionSpec("small", "platform_ops", "x", (), (), groups=("function-tokens",))
    twice = [Bundler(LOCAL, tmp_path / name).package(small).read_bytes() for name in ("one", "two")]

    assert hashlib.sha256(twice[0]).digest() == hashlib.sha256(twice[1]).digest()


def test_a_package_is_found_again_while_nothing_changed(tmp_path: Path) -> None:
    spec = FunctionSpec("small", "platform_ops", "x", (), (), groups=("function-tokens",))
    first = Bundler(LOCAL, tmp_path).package(spec)
    made = first.stat().st_mtime_ns

    assert Bundler(LOCAL, tmp_path).package(spec).stat().st_mtime_ns == made


def test_old_packages_of_a_name_are_forgotten(tmp_path: Path) -> None:
    spec = FunctionSpec("small", "platform_ops", "x", (), (), groups=("function-tokens",))
    packages = tmp_path / "packages"
    packages.mkdir()
    for number in range(9):
        (packages / f"small-{number:016x}.zip").touch()
    other = packages / f"small-agent-{0:016x}.zip"
    other.touch()

    made = Bundler(LOCAL, tmp_path).package(spec)

    assert made.exists()
    assert len([path for path in packages.glob("small-*.zip") if path != other]) == KEPT
    assert other.exists()


def test_a_function_without_code_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundlingError, match="lambdas/nowhere does not exist"):
        Bundler(LOCAL, tmp_path).package(FunctionSpec("nowhere", "nowhere", "x", (), ()))


def test_a_service_that_botocore_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundlingError, match="no-such-service"):
        Dependencies(tmp_path, "key", tmp_path).models(("no-such-service",))


def test_shared_models_are_kept_and_services_told_apart() -> None:
    names = ("botocore/data/endpoints.json", "botocore/data/s3/2006/service-2.json", "boto3/data/x/y/z.json")
    always, services = botocore_data.split({name: Path(name) for name in names})

    assert set(always) == {"botocore/data/endpoints.json", "boto3/data/x/y/z.json"}
    assert set(services) == {"s3"}


def test_pruning_drops_tests_stubs_and_installers_notes(tmp_path: Path) -> None:
    kept = ("pkg/mod.py", "pkg-1.dist-info/WHEEL", "pkg/py.typed")
    dropped = ("pkg/tests/test_mod.py", "pkg/mod.pyi", "pkg-1.dist-info/RECORD", "pkg/__pycache__/mod.pyc", "bin/tool")
    for name in (*kept, *dropped):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    prune(tmp_path)

    assert set(archive.files_below(tmp_path)) == set(kept)


def test_no_bytecode_is_made_for_a_python_that_is_not_here(tmp_path: Path) -> None:
    (tmp_path / "mod.py").write_text("x = 1\n")

    assert compile_tree(tmp_path, (3, 99)) is False
    assert list(tmp_path.rglob("*.pyc")) == []


def test_bytecode_names_the_place_where_the_function_runs(tmp_path: Path) -> None:
    (tmp_path / "mod.py").write_text("x = 1\n")
    compile_tree(tmp_path, LOCAL.python)
    (compiled,) = tmp_path.rglob("*.pyc")

    assert b"/var/task/mod.py" in compiled.read_bytes()


def test_requirements_differ_by_target() -> None:
    assert Requirements("x", LOCAL).key != Requirements("x", CLOUD).key


def test_the_interpreters_magic_is_the_one_checked_for() -> None:
    if sys.version_info[:2] == CLOUD_PYTHON:
        assert struct.unpack_from("<H", importlib.util.MAGIC_NUMBER)[0] == MAGIC_3_13
