import pytest

from enforcement.actions import Action
from governance.policy.registry import REGISTRY
from governance.toolbox.custom import CustomTool
from tests.unit.governance.toolbox.test_custom import TOOL


def test_an_action_is_of_the_platforms_registry_unless_it_brings_its_registration() -> None:
    assert Action("files.read", {}, {}).registered is REGISTRY["files.read"]
    custom = CustomTool.parse(TOOL).registered
    assert Action("crm.lookup", {}, {}, registration=custom).registered is custom


def test_a_tool_that_is_in_no_registry_is_none() -> None:
    with pytest.raises(LookupError):
        _ = Action("crm.lookup", {}, {}).registered


def test_an_action_is_known_by_its_arguments_or_by_the_digest_that_is_left_of_them() -> None:
    whole = Action("files.read", {"fileId": "a"}, {})
    assert Action("files.read", {}, {}, seen=whole.fingerprint).fingerprint == whole.fingerprint
    assert Action("files.read", {}, {}).fingerprint != whole.fingerprint
