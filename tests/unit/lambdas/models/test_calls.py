from lambdas.models.calls import action_of, used
from model_gateway.completions import Completion, Tokens
from model_gateway.requests import parse_request
from model_gateway.targets import TARGETS, route_of

DOCUMENT = {"model": "small", "messages": [{"role": "user", "content": "abcd"}], "max_tokens": 100}


def test_what_is_held_is_the_most_that_any_target_of_the_route_may_cost() -> None:
    request = parse_request(DOCUMENT)

    action = action_of(request, DOCUMENT, route_of("small", None))

    assert action.price == 5 * 1_000_000 + 100 * 5_000_000  # claude-haiku-4.5, the dearest
    assert (action.estimate.input_tokens, action.estimate.output_tokens) == (5, 100)
    assert (action.tool, action.models) == ("model.chat", ("small",))


def test_the_log_is_told_of_the_tools_by_name_and_of_no_text() -> None:
    tools = [{"type": "function", "function": {"name": "add", "description": "secret"}}]
    document = {**DOCUMENT, "tools": tools}

    told = action_of(parse_request(document), document, route_of("local", None)).told

    assert told["tools"] == ["add"]
    assert "abcd" not in str(told)
    assert "secret" not in str(told)


def test_what_the_provider_counted_comes_before_what_we_count() -> None:
    request, target = parse_request(DOCUMENT), TARGETS["openai/gpt-4.1"]

    said = used(request, target, Completion("abcd", tokens=Tokens(7, 3)))
    counted = used(request, target, Completion("abcd abcd"))

    assert (said.tokens, said.cost, "counted" in said.told()) == (Tokens(7, 3), 7 * 2_000_000 + 3 * 8_000_000, False)
    assert (counted.tokens, counted.told()["counted"]) == (Tokens(5, 2), True)
