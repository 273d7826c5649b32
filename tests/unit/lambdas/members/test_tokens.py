import hashlib

from lambdas.members.tokens import InviteToken
from platform_kit.ids import new_id


def test_a_token_names_its_invite_and_is_read_back() -> None:
    invite_id = new_id("inv")
    token = InviteToken.new(invite_id)
    assert InviteToken.read(token.text) == token
    assert token.invite_id == invite_id
    assert len(token.secret) == 43


def test_no_two_tokens_of_an_invite_are_alike() -> None:
    invite_id = new_id("inv")
    assert len({InviteToken.new(invite_id).secret for _ in range(100)}) == 100


def test_the_digest_is_the_sha_256_of_the_secret_and_proves_it_alone() -> None:
    one, other = (InviteToken.new(new_id("inv")) for _ in range(2))
    assert one.digest == hashlib.sha256(one.secret.encode()).hexdigest()
    assert one.proves(one.digest)
    assert not one.proves(other.digest)
    assert not one.proves("")
    assert not one.proves(one.digest.upper())


def test_what_has_not_the_form_of_a_token_is_none() -> None:
    text = InviteToken.new(new_id("inv")).text
    hostile = [
        "",
        ".",
        text[:-1],
        text + "A",
        text + "\n",
        f" {text}",
        text.replace(".", ".."),
        text.replace("inv", "key"),
    ]
    hostile += [text[:-1] + "=", text[:-1] + "\u0661", "x" * 5000]
    assert [InviteToken.read(one) for one in hostile] == [None] * len(hostile)
