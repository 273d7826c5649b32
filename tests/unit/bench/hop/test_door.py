import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.testclient import TestClient

from bench.hop.door import PATH, TOKEN_PATH, Door, minted, service
from lambdas.models.app import create_app
from platform_kit.asgi import CONTEXT_HEADER
from tests.model_provider import Answer, SimulatedProvider

KEY = ec.generate_private_key(ec.SECP256R1())
ASKED = {"model": "local", "messages": [{"role": "user", "content": "echo: hello"}]}


def client(upstream: int = 0) -> TestClient:
    built = service(upstream)
    return TestClient(Door(create_app(lambda: built), KEY))


def ask(token: str, *, upstream: int = 0, **headers: str) -> Any:
    return client(upstream).post(PATH, json=ASKED, headers={"authorization": f"Bearer {token}", **headers})


def test_a_call_with_a_run_token_is_answered_by_the_local_model() -> None:
    answer = ask(minted(KEY))
    assert answer.status_code == 200, answer.text
    assert answer.json()["choices"][0]["message"]["content"] == "hello"


@pytest.mark.parametrize("token", ["", "x.y.z", minted(ec.generate_private_key(ec.SECP256R1()))], ids=range(3))
def test_without_a_token_of_its_key_nothing_is_answered_whatever_the_context_says(token: str) -> None:
    context = json.dumps({"authorizer": {"principalId": "p", "credential": "run"}})
    assert ask(token, **{CONTEXT_HEADER: context}).status_code == 401


def test_the_upstream_is_asked_when_there_is_one() -> None:
    message = {"role": "assistant", "content": "from afar"}
    body = {
        "choices": [{"message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1},
    }
    provider = SimulatedProvider()
    provider.will(Answer(body=[json.dumps(body).encode()]))
    with provider.serving():
        answer = ask(minted(KEY), upstream=int(provider.origin.rpartition(":")[2]))
    assert answer.json()["choices"][0]["message"]["content"] == "from afar"
    assert len(provider.asked) == 1


def test_each_call_passes_the_pipeline_and_leaves_both_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    from bench import enforcement

    written: list[list[str]] = []
    real = enforcement._Run.append

    def append(self: Any, run: str, drafts: Any, **more: Any) -> Any:
        written.append([draft.event for draft in drafts])
        return real(self, run, drafts, **more)

    monkeypatch.setattr(enforcement._Run, "append", append)
    assert ask(minted(KEY)).status_code == 200
    assert written == [["call"], ["result"]]


def test_the_client_is_given_a_token() -> None:
    token = client().get(TOKEN_PATH).text
    assert ask(token).status_code == 200
