import pytest

from governance.pinning import EVALUATION_TENANT, pinned_version
from platform_kit.errors import BadRequest, Forbidden

VERSION = "ver_" + "1" * 32


def test_the_evaluation_tenant_names_its_version() -> None:
    assert pinned_version(VERSION, EVALUATION_TENANT) == VERSION


@pytest.mark.parametrize("tenant", ["acme", None, "", "ambit-evals-2", "AMBIT-EVALS", "ambit-evals "])
def test_nobody_else_does(tenant: str | None) -> None:
    with pytest.raises(Forbidden):
        pinned_version(VERSION, tenant)


def test_without_the_header_nothing_is_pinned() -> None:
    assert pinned_version(None, "acme") is None


@pytest.mark.parametrize("header", ["", "latest", "ver_1", f"{VERSION}, {VERSION}"])
def test_what_is_no_version_is_refused(header: str) -> None:
    with pytest.raises(BadRequest):
        pinned_version(header, EVALUATION_TENANT)
