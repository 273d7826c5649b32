import pytest

from governance.guardrails import Action, DataClass, GuardrailPolicy
from lambdas.models.guarding import AnswerGuard, outgoing
from model_gateway.completions import CallDelta, Chunk, Gathered

KEY = "AKIAIOSFODNN7EXAMPLE"
MASKING = GuardrailPolicy()
BLOCKING = GuardrailPolicy({DataClass("aws_key"): Action.BLOCK})


def passed(guard: AnswerGuard, *chunks: Chunk) -> Gathered:
    gathered = Gathered()
    for chunk in chunks:
        gathered.add(guard.feed(chunk))
    gathered.add(guard.finish())
    return gathered


@pytest.mark.parametrize("cut", range(1, len(KEY)))
def test_a_secret_is_masked_wherever_it_is_cut(cut: int) -> None:
    guard = AnswerGuard(MASKING)

    gathered = passed(guard, Chunk(f"a {KEY[:cut]}"), Chunk(f"{KEY[cut:]} b"))

    assert gathered.completion().text == "a [AWS_KEY] b"
    assert (guard.acted, guard.blocked) == (1, False)


def test_calls_are_guarded_each_by_itself() -> None:
    first, second = CallDelta(0, "a", "f", KEY[:9]), CallDelta(1, "b", "g", KEY[9:])

    gathered = passed(AnswerGuard(MASKING), Chunk(calls=(first,)), Chunk(calls=(second,)))

    assert [call.arguments for call in gathered.completion().calls] == [KEY[:9], KEY[9:]]
    assert [call.name for call in gathered.completion().calls] == ["f", "g"]


def test_what_must_not_pass_blocks_all_that_follows() -> None:
    guard = AnswerGuard(BLOCKING)

    gathered = passed(guard, Chunk("fine. "), Chunk(KEY), Chunk(" and more"))

    assert guard.blocked
    assert KEY not in gathered.completion().text
    assert "more" not in gathered.completion().text


def test_a_request_leaves_as_the_policy_lets_it() -> None:
    document = {"model": "m", "messages": [{"role": "user", "content": f"my {KEY}"}]}

    assert outgoing(document, MASKING)["messages"][0]["content"] == "my [AWS_KEY]"
    assert outgoing(document, BLOCKING) == document, "the pipeline refuses it, and says why"
