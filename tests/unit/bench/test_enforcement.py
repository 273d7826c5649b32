import json

from bench.enforcement import _call


def test_the_call_that_is_measured_goes_well_time_after_time() -> None:
    call = _call()
    answers = [json.loads(call())["result"] for _ in range(3)]
    assert [answer["isError"] for answer in answers] == [False] * 3
