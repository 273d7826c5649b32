from typing import Any

import pytest
from pydantic import ValidationError

from lambdas.members.models import CreateInvite, UpdateMember


def test_roles_are_kept_in_one_order() -> None:
    wanted = CreateInvite.model_validate({"email": "a@b.test", "roles": ["Tenant.Viewer", "Tenant.Admin"]})
    assert (wanted.roles, wanted.expires_in_days) == (["Tenant.Admin", "Tenant.Viewer"], 7)


@pytest.mark.parametrize("role", ["Platform.Admin", "Platform.Operator", "Tenant.Guest", "Tenant.\u0410dmin", "*", ""])
def test_only_a_tenants_three_roles_are_given(role: str) -> None:
    for model, more in ((CreateInvite, {"email": "a@b.test"}), (UpdateMember, {})):
        with pytest.raises(ValidationError):
            model.model_validate({**more, "roles": [role]})


@pytest.mark.parametrize("changes", [{}, {"status": None}, {"roles": None, "status": "active"}, {"status": "gone"}])
def test_a_change_changes_something_and_clears_nothing(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        UpdateMember.model_validate(changes)
