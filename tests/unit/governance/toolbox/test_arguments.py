import pytest

from governance.toolbox.arguments import ToolArguments, ToolResult


class Ask(ToolArguments):
    some_word: str
    most: int = 3


class Told(ToolResult):
    some_word: str


def test_policy_sees_what_was_given_and_the_log_all_of_it() -> None:
    asked = Ask(some_word="x")
    assert asked.plain() == {"someWord": "x"}
    assert asked.told() == {"someWord": "x", "most": 3}
    assert (asked.scanned(), asked.hosts()) == (None, ())


def test_a_result_is_scanned_and_told_whole_unless_it_says_otherwise() -> None:
    told = Told(some_word="x")
    assert told.plain() == told.told() == told.scanned() == {"someWord": "x"}
    with pytest.raises(NotImplementedError):
        told.summary()
