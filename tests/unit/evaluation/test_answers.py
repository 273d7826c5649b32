from evaluation.answers import Answer, graded, verdict


def test_the_text_of_an_answer() -> None:
    assert Answer("x", "r", 1, 0).text == "x"
    assert Answer({"text": "x"}, "r", 1, 0).text == "x"
    assert Answer({"b": 1, "a": [2]}, "r", 1, 0).text == '{"a": [2], "b": 1}'
    assert Answer(None, "r", 1, 0).text == "null"


def test_degrees_are_bounded_and_enough_from_the_threshold_on() -> None:
    assert [graded("s", value, 0.5).passed for value in (0.49, 0.5, 7)] == [False, True, True]
    assert [graded("s", value, 0.5).value for value in (-1, 7)] == [0.0, 1.0]


def test_a_reason_is_given_only_for_what_does_not_pass() -> None:
    assert (verdict("s", passed=True, reason="why").reason, verdict("s", passed=False, reason="why").reason) == (
        "",
        "why",
    )
