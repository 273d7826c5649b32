import json

import pytest

from data_access_lib.errors import RunClosed
from enforcement.errors import GuardrailBlocked
from enforcement.rpc import MOST_ID, RUN_REFUSED, RpcRefused, each_once, envelope, identified, refused_call, refused_run
from platform_kit.errors import Conflict, KillSwitchActive, Unprocessable


def test_an_object_with_a_name_twice_is_none() -> None:
    assert json.loads('{"a":1,"b":{"a":2}}', object_pairs_hook=each_once) == {"a": 1, "b": {"a": 2}}
    for text in ('{"a":1,"a":1}', '{"b":{"a":1,"a":2}}'):
        with pytest.raises(ValueError, match="twice"):
            json.loads(text, object_pairs_hook=each_once)


@pytest.mark.parametrize("found", [0, -1, 10**20, "a", "x" * MOST_ID], ids=lambda found: str(found)[:20])
def test_a_whole_number_or_a_short_text_is_an_id(found: object) -> None:
    assert identified({"id": found, "method": "ping"})


@pytest.mark.parametrize("found", [True, 1.0, None, [], {}, "x" * (MOST_ID + 1)], ids=lambda found: str(found)[:20])
def test_nothing_else_is_an_id(found: object) -> None:
    assert not identified({"id": found, "method": "ping"})


def test_a_method_is_a_text() -> None:
    assert not identified({"id": 1, "method": 1})
    assert identified({"id": 1})


def test_a_run_that_is_over_is_told_with_how_it_ended() -> None:
    ended = refused_run(RunClosed("cancelled"))
    assert (ended.status, ended.error["code"], ended.error["data"]["runStatus"]) == (409, RUN_REFUSED, "cancelled")
    assert refused_run(KillSwitchActive("stopped")).status == 403
    assert refused_run(Conflict("paused")).error["data"] == {"code": "CONFLICT"}


def test_a_refused_call_is_a_result_that_says_why() -> None:
    blocked = refused_call(GuardrailBlocked("arguments", ("secret",)))
    assert (blocked["isError"], blocked["structuredContent"]["code"]) == (True, "GUARDRAIL_BLOCKED")
    plain = refused_call(Unprocessable("Not so."))
    assert plain == {"content": [{"type": "text", "text": "Not so."}], "isError": True}


def test_a_response_has_the_id_of_its_message() -> None:
    assert envelope({"id": "a"}, result={}) == {"jsonrpc": "2.0", "id": "a", "result": {}}
    assert envelope({}, error=RpcRefused(1, "no").error)["id"] is None
