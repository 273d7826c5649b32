import base64
from typing import Any

import pytest

from lambdas.sequencer.models import CatchUp, Unreadable, number_of, read

PK, SK = f"TENANT#acme#RUN#run_{'1' * 32}", "EVENT#0000000007"


def record(**image: Any) -> dict[str, Any]:
    held = {"pk": {"S": PK}, "sk": {"S": SK}, "seq": {"N": "7"}, "stream": {"S": "tool"}, **image}
    return {"dynamodb": {"SequenceNumber": "42", "NewImage": held}}


def test_an_event_is_read_as_its_table_keeps_it() -> None:
    event = read(record(payload={"B": base64.b64encode(b"\x01sealed").decode()}))
    assert (event.tenant_id, event.number, event.item["seq"]) == ("acme", "42", 7)
    assert event.item["payload"] == b"\x01sealed"
    assert number_of(record()) == "42"


BAD = [
    {},
    {"dynamodb": {}},
    {"dynamodb": {"NewImage": {"pk": {"S": PK}}}},
    record(pk={"S": "x"}),
    record(pk={"S": f"TENANT#platform#RUN#run_{'1' * 32}"}),
    record(pk={"S": f"TENANT#acme#SESSION#ses_{'1' * 32}"}),
    record(pk={"S": f"TENANT#ACME#RUN#run_{'1' * 32}"}),
    record(sk={"S": "META"}),
    record(payload={"B": "no base64!"}),
    record(seq={"N": "x"}),
    record(seq="x"),
]


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_what_is_no_event_of_a_tenants_run_is_unreadable(bad: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        read(bad)


def test_an_unreadable_record_names_its_place() -> None:
    with pytest.raises(Unreadable) as refused:
        read(record(sk={"S": "META"}))
    assert refused.value.place == f"{PK} META"


def test_catching_up_names_a_tenant_and_a_run() -> None:
    assert CatchUp.model_validate({"tenantId": "acme", "runId": "run_1"}).run_id == "run_1"
    with pytest.raises(ValueError, match="extra"):
        CatchUp.model_validate({"tenantId": "acme", "runId": "run_1", "x": 1})
