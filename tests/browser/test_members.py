from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.browser.web_app import WebApp

GUEST = "guest@acme.test"


def invite(admin: WebApp, email: str) -> str:
    """The token of an invite made by hand; the page that shows it is open."""
    admin.open("/members/invite")
    admin.page.get_by_label("E-mail").fill(email)
    admin.page.get_by_role("checkbox", name="Viewer").check()
    admin.page.get_by_role("button", name="Make the invite").click()
    return admin.page.get_by_label("Token").input_value()


def is_member(client: httpx.Client, email: str) -> bool:
    return any(member["email"] == email for member in client.get("/v1/users?limit=100").json()["items"])


def test_an_invite_is_made_shown_once_and_withdrawn(admin: WebApp) -> None:
    email = f"{secrets.token_hex(4)}@acme.test"
    token = invite(admin, email)
    assert admin.violations() == []
    admin.screenshot("invite-token")
    assert token not in admin.storage()
    admin.page.get_by_role("button", name="I have stored it").click()
    admin.page.get_by_role("button", name=f"Withdraw the invite of {email}").click()
    assert token not in admin.page.content()
    admin.page.get_by_role("button", name="Withdraw invite").click()
    admin.page.get_by_role("row").filter(has_text=email).get_by_text("Withdrawn").wait_for()
    admin.screenshot("members")


def test_a_guest_accepts_an_invite_and_is_disabled_and_enabled(
    admin: WebApp, open_app: Callable[..., WebApp], connect: Callable[[str], httpx.Client]
) -> None:
    client = connect("acme-admin")
    known = is_member(client, GUEST)
    token = invite(admin, GUEST)
    guest = open_app().open().sign_in(GUEST)
    guest.page.get_by_role("link", name="Accept an invite").click()
    assert guest.violations() == []
    guest.page.get_by_label("Token").fill(token)
    guest.page.get_by_role("button", name="Accept", exact=True).click()
    guest.page.get_by_text("Already a member" if known else "You are a member now.").wait_for()
    guest.screenshot("accepted")
    assert is_member(client, GUEST)
    admin.open("/members")
    row = admin.page.get_by_role("row").filter(has=admin.page.get_by_role("button", name=f"Roles of {GUEST}"))
    for act, status in (("Disable", "Disabled"), ("Enable", "Active")):
        admin.page.get_by_role("button", name=f"{act} {GUEST}").click()
        admin.page.get_by_role("button", name=f"{act} member").click()
        row.get_by_text(status, exact=True).wait_for()
    admin.page.get_by_role("button", name=f"Roles of {GUEST}").click()
    developer = admin.page.get_by_role("checkbox", name="Developer")
    was = developer.is_checked()
    developer.set_checked(not was)
    assert admin.violations() == []
    admin.page.get_by_role("button", name="Save roles").click()
    admin.page.get_by_role("dialog").wait_for(state="detached")
    assert ("Developer" in row.inner_text()) is not was


def test_a_token_that_is_none_is_refused_in_words(open_app: Callable[..., WebApp]) -> None:
    guest = open_app().open("/accept").sign_in(GUEST)
    guest.page.get_by_role("heading", name="Accept an invite").wait_for()
    guest.page.get_by_label("Token").fill("inv_nothing")
    guest.page.get_by_role("button", name="Accept", exact=True).click()
    guest.page.get_by_role("alert").get_by_text("There is no such invite.").wait_for()
    assert guest.violations() == []
