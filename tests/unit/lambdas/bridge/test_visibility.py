from dataclasses import replace

import pytest

from data_access_lib.repositories.pages import IdPage
from lambdas.bridge.visibility import check_agent, only_seen, seen
from platform_kit.errors import NotFound
from platform_kit.identity import Identity

MINE = {"runId": "run_1", "agent": "echo", "environment": "prod"}
OTHERS = [MINE | {"agent": "other"}, MINE | {"environment": "dev"}]
PERSON = Identity("usr:1:x", "acme", frozenset(), "basic", "jwt")
MACHINE = Identity("key:key_1", "acme", frozenset(), "basic", "key", agents=frozenset({"echo"}))


FINANCE = replace(MACHINE, agents=frozenset(), domains=frozenset({"finance"}))


def unasked(_agent: str) -> str:
    raise AssertionError("nobody needs to know the domain")


def test_a_machine_is_shown_its_own_and_told_of_nothing_else() -> None:
    check_agent(MACHINE, "echo", unasked)
    assert seen(MINE, MACHINE) == MINE
    for run in OTHERS:
        with pytest.raises(NotFound, match=r"^There is no such run\.$"):
            seen(run, MACHINE)
    with pytest.raises(NotFound, match=r"^There is no such agent\.$"):
        check_agent(MACHINE, "other", unasked)


def test_a_machine_with_domains_is_for_their_agents_and_runs() -> None:
    check_agent(FINANCE, "ledger", lambda _: "finance")
    both = replace(FINANCE, agents=frozenset({"echo"}))
    for who, domain in ((FINANCE, "general"), (FINANCE, ""), (both, "finance")):
        with pytest.raises(NotFound, match=r"^There is no such agent\.$"):
            check_agent(who, "ledger", lambda _, domain=domain: domain)  # type: ignore[misc] # bound in the loop
    mine = MINE | {"domain": "finance"}
    assert seen(mine, FINANCE) == seen(mine, both) == mine
    for run, who in ((MINE, FINANCE), (MINE | {"domain": "hr"}, both), (mine | {"agent": "other"}, both)):
        with pytest.raises(NotFound, match=r"^There is no such run\.$"):
            seen(run, who)
    general = replace(FINANCE, domains=frozenset({"general"}))
    assert only_seen(IdPage([MINE, mine], None), general) == IdPage([MINE], None)


def test_people_are_shown_everything_of_their_tenant() -> None:
    check_agent(PERSON, "other", unasked)
    assert [seen(run, PERSON) for run in OTHERS] == OTHERS


def test_a_page_keeps_its_place_when_it_shrinks() -> None:
    page = IdPage([MINE, *OTHERS], "run_0")
    assert only_seen(page, MACHINE) == IdPage([MINE], "run_0")
    assert only_seen(page, PERSON) == page
