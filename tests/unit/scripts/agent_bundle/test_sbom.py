import json
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from infra.config import PackageTarget
from scripts.agent_bundle.sbom import bill

TARGET = PackageTarget((3, 13), "arm64", "aarch64-manylinux_2_28")
A, B = "a" * 64, "b" * 64
LOCKED = f"""\
-e ./agents/kit
Annotated_Types==0.8.0 \\
    --hash=sha256:{A} \\
    --hash=sha256:{B}
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:{A}
exceptiongroup==1.3.0 ; python_full_version < '3.11' \\
    --hash=sha256:{A}
uvloop==0.21.0 ; platform_machine == 'aarch64' and sys_platform == 'linux' \\
    --hash=sha256:{B}
./dist/ambit_agent-0.1.0-py3-none-any.whl \\
    --hash=sha256:{A}
"""
LISTED = ["pkg:pypi/ambit-agent@0.1.0", "pkg:pypi/annotated-types@0.8.0", "pkg:pypi/uvloop@0.21.0"]


def made(requirements: str = LOCKED, digest: str = "d" * 64) -> dict[str, Any]:
    return dict(json.loads(bill("echo-agent", "0.1.0", digest, requirements, TARGET)))


@pytest.mark.parametrize("requirements", [LOCKED, ""])
def test_the_bill_is_valid_by_the_librarys_own_schema(requirements: str) -> None:
    text = bill("echo-agent", "0.1.0", "d" * 64, requirements, TARGET).decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_a_bill_with_a_fault_is_not_valid() -> None:
    text = json.dumps({**made(), "components": [{"name": "x"}]})
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is not None


def test_it_lists_what_the_lock_installs_on_the_target_and_nothing_else() -> None:
    components = made()["components"]
    assert [one["purl"] for one in components] == LISTED
    hashes = components[1]["externalReferences"][0]["hashes"]
    assert [one["content"] for one in hashes] == [A, B]


def test_it_is_about_the_package_by_its_digest() -> None:
    document = made()
    agent = document["metadata"]["component"]
    assert (agent["name"], agent["version"], agent["hashes"][0]["content"]) == ("echo-agent", "0.1.0", "d" * 64)
    needs = {one["ref"]: one.get("dependsOn", []) for one in document["dependencies"]}
    assert needs["agent:echo-agent"] == LISTED


def test_the_same_input_gives_the_same_bytes_and_another_package_another_number() -> None:
    assert bill("a", "1", A, LOCKED, TARGET) == bill("a", "1", A, LOCKED, TARGET)
    assert "timestamp" not in made()["metadata"]
    assert made(digest=A)["serialNumber"] != made(digest=B)["serialNumber"]
