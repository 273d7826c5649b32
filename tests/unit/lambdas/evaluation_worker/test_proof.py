import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from lambdas.authoriser.sts_proof import read_proof
from lambdas.evaluation_worker.proof import prover


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ACCESS_KEY_ID", "A" * 20), ("SECRET_ACCESS_KEY", "s" * 40), ("SESSION_TOKEN", "t" * 64)):
        monkeypatch.setenv(f"AWS_{name}", value)


def test_the_authoriser_takes_the_proof_apart_and_finds_nothing_wrong() -> None:
    import time

    header = prover("us-east-1", "ambit-api")()
    scheme, _, text = header.partition(" ")
    assert scheme == "AmbitSTS"
    proof = read_proof(text, frozenset({"sts.us-east-1.amazonaws.com", "sts.amazonaws.com"}), time.time())
    assert proof.host.startswith("sts.")


def test_a_proof_is_used_for_twenty_seconds_and_then_made_anew() -> None:
    now = [0.0]
    prove = prover("us-east-1", "ambit-api", monotonic=lambda: now[0])
    first = prove()
    now[0] = 19.0
    assert prove() is first
    now[0] = 21.0
    assert prove() is not first


def test_our_audience_is_among_what_is_signed() -> None:
    url = base64.urlsafe_b64decode(prover("us-east-1", "ambit-api")().partition(" ")[2]).decode()
    assert parse_qs(urlsplit(url).query)["X-Amz-SignedHeaders"] == ["host;x-ambit-audience"]
