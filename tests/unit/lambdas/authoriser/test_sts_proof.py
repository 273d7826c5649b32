from urllib.parse import parse_qs, urlsplit

import pytest

from lambdas.authoriser.models import DependencyDown
from lambdas.authoriser.sts_proof import Proof, RoleProofs, StsAnswer, read_proof
from platform_kit.jws import TokenRefused
from tests.authority import CI_ROLE, STS_HOST, STS_HOSTS, Authority, b64
from tests.aws_proof import authorization, presigned

CREDENTIALS = {
    "AccessKeyId": "ASIAIOSFODNN7EXAMPLE",
    "SecretAccessKey": "s",
    "SessionToken": "IQoJb3JpZ2luX2VjEXAMPLE+/==",
}


def read(url: str, now: float, hosts: frozenset[str] = STS_HOSTS) -> Proof:
    return read_proof(b64(url.encode()), hosts, now)


def test_a_proof_is_taken_apart_and_put_together_again() -> None:
    world = Authority()
    proof = read(world.proof(), world.now)
    assert (proof.host, proof.ends) == (STS_HOST, world.now + 60)
    sent = parse_qs(urlsplit(proof.path).query, strict_parsing=True)
    assert sent == parse_qs(urlsplit(world.proof()).query)
    assert proof.path.startswith("/?Action=GetCallerIdentity&Version=2011-06-15&")


def test_what_botocore_makes_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    made = presigned(f"https://{STS_HOST}", CREDENTIALS)
    proof = read_proof(authorization(made).split()[1], STS_HOSTS, time.time())
    assert f"https://{proof.host}{proof.path}" == made
    local = presigned("http://127.0.0.1:4566", CREDENTIALS)
    assert read(local, time.time(), frozenset({"127.0.0.1:4566"})).host == "127.0.0.1:4566"


def test_base64_is_read_with_its_padding_or_without() -> None:
    world = Authority()
    for tail in ("", "a", "ab", "abc"):
        url = world.proof(X_Amz_Security_Token="A" * 20 + tail)
        text = b64(url.encode())
        padded = text + "=" * (-len(text) % 4)
        assert read_proof(text, STS_HOSTS, world.now) == read_proof(padded, STS_HOSTS, world.now)
        with pytest.raises(TokenRefused):
            read_proof(padded + "=", STS_HOSTS, world.now)


@pytest.mark.parametrize(("expires", "age", "good"), [("60", 59.9, True), ("60", 60, False), ("5", 5, False)])
def test_a_proof_is_good_for_a_minute_at_most(expires: str, age: float, good: bool) -> None:  # noqa: FBT001 - a case
    world = Authority()
    url = world.proof(X_Amz_Expires=expires)
    if good:
        assert read(url, world.now + age)
        return
    with pytest.raises(TokenRefused) as caught:
        read(url, world.now + age)
    assert caught.value.reason == "expired_proof"


def test_a_callers_clock_may_be_half_a_minute_ahead() -> None:
    world = Authority()
    assert read(world.proof(), world.now - 30)
    with pytest.raises(TokenRefused):
        read(world.proof(), world.now - 31)


def test_sts_is_asked_once_while_a_proof_is_good() -> None:
    world = Authority()
    proofs = RoleProofs(world._ask_sts, STS_HOSTS)
    text = b64(world.proof().encode())
    assert {proofs.role(text, world.now + age) for age in (0, 30, 59)} == {CI_ROLE}
    assert len(world.asked_sts) == 1
    with pytest.raises(TokenRefused):
        proofs.role(text, world.now + 60)
    assert len(world.asked_sts) == 1


def test_a_refusal_is_not_remembered_as_a_role() -> None:
    world = Authority(sts_answer=StsAnswer(403, b""))
    proofs = RoleProofs(world._ask_sts, STS_HOSTS)
    text = b64(world.proof().encode())
    with pytest.raises(TokenRefused) as caught:
        proofs.role(text, world.now)
    assert caught.value.reason == "refused_by_sts"
    world.sts_answer = None
    assert proofs.role(text, world.now) == CI_ROLE


@pytest.mark.parametrize("status", [100, 199, 204, 500, 503, 599, 0])
def test_an_answer_that_is_none_is_a_dependency_that_is_down(status: int) -> None:
    world = Authority(sts_answer=StsAnswer(status, b""))
    with pytest.raises(DependencyDown):
        RoleProofs(world._ask_sts, STS_HOSTS).role(b64(world.proof().encode()), world.now)


SESSION = b"<Arn>arn:aws:sts::123456789012:assumed-role/ci/build</Arn>"


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{}", SESSION * 2, SESSION[:-1], SESSION.replace(b"ci/build", b"ci"), b"<Arn></Arn>"),
        *(b"<Arn>arn:aws:iam::123456789012:user/ada</Arn>", b"<Arn>arn:aws:iam::123456789012:root</Arn>"),
        *(b"<Arn>arn:aws:sts::123456789012:federated-user/ada</Arn>", b"<arn>" + SESSION[5:]),
        *(b"<Arn>&#97;rn:aws:sts::123456789012:assumed-role/ci/build</Arn>", SESSION.decode().encode("utf-16")),
    ],
)
def test_an_answer_without_one_roles_session_is_no_identity(body: bytes) -> None:
    world = Authority(sts_answer=StsAnswer(200, body))
    with pytest.raises(TokenRefused) as caught:
        RoleProofs(world._ask_sts, STS_HOSTS).role(b64(world.proof().encode()), world.now)
    assert caught.value.reason == "no_role"
