import pytest

from lambdas.authoriser.credentials import Credential
from lambdas.authoriser.machines import Machines, allowed_from
from lambdas.authoriser.models import Denied
from lambdas.authoriser.records import ControlTable, RememberedRecords
from lambdas.authoriser.sts_proof import RoleProofs
from platform_kit.jws import TokenRefused
from tests.authority import AUDIENCE, STS_HOSTS, Authority, sts_header


def machines(world: Authority) -> Machines:
    records = RememberedRecords(ControlTable(world._get_item, AUDIENCE))
    return Machines(records, RoleProofs(world._ask_sts, STS_HOSTS))


def key(text: str, source_ip: str = "203.0.113.7") -> Credential:
    return Credential("bearer", text, source_ip)


def test_a_keys_grant_becomes_its_principal() -> None:
    world = Authority()
    text = world.add_key(agents=["echo-agent", "x"], domains=["hr", "finance"], environment="staging", ratePerSecond=5)
    found = machines(world).api_key(key(text), world.now)
    assert (found.principal_id, found.tenant_id, found.credential) == ("key:key_1", "acme", "key")
    assert (found.roles, found.scopes) == (frozenset(), frozenset({"agents:invoke", "runs:read"}))
    limits = {"agents": "echo-agent x", "domains": "hr finance", "ratePerSecond": "5"}
    assert found.extra == {"environment": "staging", **limits}


def test_a_key_without_limits_says_so() -> None:
    world = Authority()
    found = machines(world).api_key(key(world.add_key()), world.now).extra
    assert found == {"environment": "prod", "agents": "", "domains": ""}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "revoked"}, "revoked_key"),
        ({"status": "pending"}, "revoked_key"),
        ({"id": ""}, "revoked_key"),
        ({"tenantId": ""}, "revoked_key"),
        ({"agents": []}, "revoked_key"),
        ({"domains": []}, "revoked_key"),
        ({"kind": "aws"}, "unknown_key"),
        ({"kind": None}, "unknown_key"),
        ({"expiresAt": 1}, "expired_key"),
    ],
)
def test_a_grant_that_does_not_hold_is_no_identity(change: dict[str, object], reason: str) -> None:
    world = Authority()
    text = world.add_key(**change)
    with pytest.raises(TokenRefused) as caught:
        machines(world).api_key(key(text), world.now)
    assert caught.value.reason == reason


def test_a_roles_grant_becomes_its_principal() -> None:
    world = Authority()
    world.add_role(agents=["echo-agent"], domains=["hr"])
    found = machines(world).aws_caller(Credential("ambitsts", sts_header(world.proof())[9:]), world.now)
    assert (found.principal_id, found.tenant_id, found.credential) == ("aws:awc_1", "acme", "aws")
    assert (found.scopes, found.extra["agents"]) == (frozenset({"agents:invoke"}), "echo-agent")
    assert found.extra["domains"] == "hr"


def test_a_key_ends_at_its_end_to_the_second() -> None:
    world = Authority()
    found, text = machines(world), world.add_key(expiresAt=int(world.now) + 10)
    found.api_key(key(text), world.now + 9.9)
    with pytest.raises(TokenRefused):
        found.api_key(key(text), world.now + 10)


def test_an_address_outside_the_list_is_known_and_refused() -> None:
    world = Authority()
    text = world.add_key(ipAllow=["192.0.2.0/24"])
    with pytest.raises(Denied) as caught:
        machines(world).api_key(key(text), world.now)
    assert (caught.value.principal_id, caught.value.code) == ("key:key_1", "FORBIDDEN")


@pytest.mark.parametrize(
    ("source", "allowed"),
    [
        ("192.0.2.1", True),
        ("192.0.3.1", False),
        ("198.51.100.7", True),
        ("198.51.100.8", False),
        ("2001:db8::1", True),
        ("2001:DB8:0::ffff", True),
        ("2001:db9::1", False),
        ("::ffff:192.0.2.1", True),
        ("::ffff:192.0.3.1", False),
        ("::192.0.2.1", False),
        ("64:ff9b::192.0.2.1", False),
        ("2002:c000:201::", False),
        ("192.0.2.1, 203.0.113.7", False),
        ("192.0.2.1/32", False),
        ("192.0.2.1 ", False),
        ("192.0.02.1", False),
        ("3221225985", False),
        ("0xc0000201", False),
        ("2001:db8::1%eth0", True),
        ("", False),
        ("x", False),
    ],
)
def test_an_address_is_allowed_by_its_value_and_not_its_spelling(source: str, allowed: bool) -> None:  # noqa: FBT001 - a case
    assert allowed_from(source, ("192.0.2.0/24", "198.51.100.7/32", "2001:db8::/32")) is allowed


def test_a_broken_block_allows_nothing() -> None:
    assert not allowed_from("192.0.2.1", ("192.0.2.1/24", "all", ""))
    assert allowed_from("192.0.2.1", ("all", "192.0.2.1"))
