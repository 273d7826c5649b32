from typing import Any

import pytest

from governance.packs import Manifest
from lambdas.tools.installs import _check_credentials, _check_free, _credential
from lambdas.tools.models import InstallPack
from platform_kit.errors import Conflict, Unprocessable
from tests.tool_packs import manifest

SECRET = {"secret": "crm-key", "scheme": "bearer"}
OTHER = {"secret": "other-key", "scheme": "signature"}
PLACE = {"http": "https://crm.example.com/lookup"}


def kept(target: dict[str, Any] | None, **given: Any) -> Any:
    before = None if target is None else {"target": {**target, "credential": SECRET}}
    return _credential("crm.lookup", PLACE, before, InstallPack.model_validate({"credentials": given}))


def test_a_credential_stays_while_the_tool_stays_and_does_not_follow_it() -> None:
    assert kept(PLACE) == SECRET
    assert kept({"http": "https://crm.example.com/lookup2"}) is None
    assert kept({"function": "lookup"}) is None
    assert kept(None) is None


def test_what_the_operator_says_now_counts() -> None:
    assert kept(PLACE, **{"crm.lookup": OTHER}) == OTHER
    assert kept(PLACE, **{"crm.other": OTHER}) == SECRET


def test_a_credential_is_for_a_tool_of_the_pack_at_a_url() -> None:
    pack = Manifest.model_validate(manifest(lookup={}, run={"target": {"function": "run"}}))
    given = InstallPack.model_validate({"credentials": {"crm.run": SECRET, "crm.lookup": SECRET, "crm.x": SECRET}})
    with pytest.raises(Unprocessable) as refused:
        _check_credentials(pack, given.credentials)
    assert [error.pointer for error in refused.value.errors] == ["/credentials/crm.run", "/credentials/crm.x"]


@pytest.mark.parametrize("record", [{}, {"pack": {"name": "other"}}, {"pack": {}}])
def test_a_tool_of_another_origin_is_in_the_way(record: dict[str, Any]) -> None:
    _check_free({"crm.lookup": None, "crm.list": {"pack": {"name": "crm"}}}, "crm")
    with pytest.raises(Conflict) as refused:
        _check_free({"crm.lookup": record}, "crm")
    assert refused.value.errors[0].pointer == "/tools/crm.lookup"
