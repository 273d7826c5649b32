import socket

from bench.hop.servers import MASTER_KEY, _litellm, free_port


def test_litellm_checks_a_key_and_passes_on_to_the_upstream() -> None:
    config = _litellm(4_000)
    assert config["general_settings"] == {"master_key": MASTER_KEY}
    assert config["model_list"][0]["litellm_params"]["api_base"] == "http://127.0.0.1:4000/v1"


def test_without_an_upstream_litellm_answers_by_itself() -> None:
    params = _litellm(0)["model_list"][0]["litellm_params"]
    assert "mock_response" in params
    assert "api_base" not in params


def test_a_port_that_is_free_can_be_listened_on() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", free_port()))
