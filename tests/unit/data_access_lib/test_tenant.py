import copy
import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access_lib.errors import InvalidTenantId
from data_access_lib.tenant import PLATFORM, TenantContext, TenantId

HOSTILE = [
    "", "a", "ab", "A", "Acme", "1acme", "-acme", "acme-", "ac--me", "acme_2", "acme#2", "acme/2", "../acme", "acme ",
    " acme", "acme\n", "acme\0",
    "\u0430cme", "acmé", "acme\u200b", "\uff41\uff43\uff4d\uff45", "platform", "a" * 33, "a" * 10_000, "acme#RUN#x",
    "TENANT#acme#", "*", "acme*", "acme?", "${aws:PrincipalTag/tenant}", "ac٣me",
]  # fmt: skip


@pytest.mark.parametrize("slug", ["abc", "acme", "acme-2", "a1b", "a-b-c", "a" * 32, "platform-2", "platfor"])
def test_a_slug_of_the_grammar_is_a_tenant_id(slug: str) -> None:
    assert TenantId(slug) == slug
    assert isinstance(TenantId(slug), str)


@pytest.mark.parametrize("slug", HOSTILE)
def test_anything_else_is_no_tenant_id(slug: str) -> None:
    with pytest.raises(InvalidTenantId) as caught:
        TenantId(slug)
    assert (caught.value.status, caught.value.detail) == (404, "There is no such tenant.")


@pytest.mark.parametrize("value", [None, 3, b"acme", ["acme"], object()])
def test_what_is_not_a_text_is_no_tenant_id(value: object) -> None:
    with pytest.raises(InvalidTenantId):
        TenantId(value)


@given(st.text() | st.from_regex(r"[a-z][a-z0-9-]{0,40}", fullmatch=True))
def test_whatever_passes_holds_nothing_that_separates_keys(text: str) -> None:
    try:
        tenant = TenantId(text)
    except InvalidTenantId:
        return
    assert re.fullmatch(r"[a-z][a-z0-9-]{1,30}[a-z0-9]", tenant, re.ASCII)
    assert not {"#", "/", ".", "*", "\0"} & set(tenant)
    assert "--" not in tenant
    assert tenant != "platform"


def test_the_reserved_owner_is_made_in_one_place_only() -> None:
    assert PLATFORM == "platform"
    with pytest.raises(InvalidTenantId):
        TenantId(PLATFORM)
    with pytest.raises(InvalidTenantId):
        TenantContext(PLATFORM, "usr:1:ada")


def test_a_tenant_id_is_kept_by_copies_and_pickles() -> None:
    acme = TenantId("acme")
    assert isinstance(pickle.loads(pickle.dumps(acme)), TenantId)  # noqa: S301 - made on the line
    assert isinstance(copy.deepcopy(acme), TenantId)
    assert TenantId(acme) == "acme"


def test_a_context_checks_its_tenant_whatever_the_types_said() -> None:
    context = TenantContext("acme", "usr:1:ada")  # type: ignore[arg-type]
    assert isinstance(context.tenant_id, TenantId)
    with pytest.raises(InvalidTenantId):
        TenantContext("acme#", "usr:1:ada")  # type: ignore[arg-type]


def test_a_context_names_its_principal_and_does_not_change() -> None:
    with pytest.raises(ValueError, match=r"^a tenant context names its principal$"):
        TenantContext(TenantId("acme"), "")
    with pytest.raises(AttributeError):
        TenantContext(TenantId("acme"), "usr:1:ada").tenant_id = TenantId("globex")  # type: ignore[misc]
