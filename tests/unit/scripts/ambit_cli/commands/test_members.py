import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scripts.ambit_cli.main import app

USER = {
    "userId": "usr_1",
    "principalId": "usr:1:ada",
    "email": "ada@acme.test",
    "roles": ["Tenant.Admin", "Tenant.Viewer"],
    "status": "active",
    "invitedBy": "usr:1:bob",
    "createdAt": "2026-03-04T05:06:07.890Z",
    "updatedAt": "2026-03-04T05:06:07.890Z",
}
INVITE = {
    "inviteId": "inv_1",
    "email": "ada@acme.test",
    "roles": ["Tenant.Viewer"],
    "state": "open",
    "createdBy": "usr:1:bob",
    "createdAt": "2026-03-04T05:06:07.890Z",
    "expiresAt": "2026-03-11T05:06:07.890Z",
}


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, ["members", *words])


def test_members_and_invites_are_listed(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/users", answer(200, {"items": [USER], "nextCursor": "more"}))
    platform.will_answer("GET /v1/users/invites", answer(200, {"items": [INVITE]}))
    shown = ambit("list")
    assert "usr_1   ada@acme.test  Tenant.Admin Tenant.Viewer  active" in shown.output
    assert "--cursor more" in shown.output
    assert json.loads(ambit("list", "--json").stdout)["items"] == [USER]
    assert "inv_1   ada@acme.test  Tenant.Viewer  open" in ambit("invites").output


def test_an_empty_list_says_what_to_do(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/users", answer(200, {"items": []}))
    assert "ambit members invite" in ambit("list").output


def test_an_invite_shows_its_token_and_what_to_do_with_it(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/users/invites", answer(201, {**INVITE, "token": "inv_1.secret"}))
    shown = ambit("invite", "ada@acme.test", "--role", "Tenant.Viewer", "--days", "3")
    assert "inv_1.secret" in shown.stdout
    assert "ambit members accept" in shown.stderr
    sent = json.loads(platform.asked[-1].body)
    assert sent == {"email": "ada@acme.test", "roles": ["Tenant.Viewer"], "expiresInDays": 3}
    assert json.loads(ambit("invite", "a@b.test", "--role", "x", "--json").stdout)["token"] == "inv_1.secret"


def test_an_invite_needs_a_role(platform: Any) -> None:
    assert ambit("invite", "ada@acme.test").exit_code == 2
    assert ambit("invite", "ada@acme.test", "--role", "Tenant.Viewer", "--days", "31").exit_code == 2
    assert platform.asked == []


def test_an_invite_is_withdrawn(platform: Any, answer: Any) -> None:
    platform.will_answer("DELETE /v1/users/invites/inv_1", answer(204, b""))
    assert ambit("withdraw", "inv_1").output == "inv_1 withdrawn\n"
    assert json.loads(ambit("withdraw", "inv_1", "--json").stdout)["state"] == "withdrawn"


def test_an_invite_is_accepted(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/users/invites/accept", answer(201, USER))
    assert "usr_1" in ambit("accept", "inv_1.secret").stdout
    assert json.loads(platform.asked[-1].body) == {"token": "inv_1.secret"}


def test_a_refused_acceptance_says_why(platform: Any, answer: Any) -> None:
    problem = {"detail": "This invite has expired.", "code": "INVITE_EXPIRED", "requestId": "req-1"}
    platform.will_answer("POST /v1/users/invites/accept", answer(409, problem))
    refused = ambit("accept", "inv_1.secret")
    assert (refused.exit_code, "expired" in refused.stderr) == (5, True)
    assert "inv_1.secret" not in refused.output


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (("set-roles", "usr_1", "--role", "Tenant.Viewer"), {"roles": ["Tenant.Viewer"]}),
        (("disable", "usr_1"), {"status": "disabled"}),
        (("enable", "usr_1"), {"status": "active"}),
    ],
)
def test_a_member_is_changed_as_it_is_now(
    words: tuple[str, ...], body: dict[str, Any], platform: Any, answer: Any
) -> None:
    platform.will_answer("GET /v1/users/usr_1", answer(200, USER, {"etag": '"7"'}))
    platform.will_answer("PATCH /v1/users/usr_1", answer(200, USER))
    assert "roles        Tenant.Admin Tenant.Viewer" in ambit(*words).stdout
    assert (json.loads(platform.asked[-1].body), platform.asked[-1].headers["if-match"]) == (body, '"7"')
    assert json.loads(ambit(*words, "--json").stdout) == USER
