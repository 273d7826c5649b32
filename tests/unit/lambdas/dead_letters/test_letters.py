"""What is read of a message and what of it is shown, with bodies that nobody wrote for us."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.dead_letters.letters import SHOWN, Letter, Origin, read

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
BODIES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*sorted(SHOWN)[:8], "detail", "requestContext", "note"]), inner, max_size=4)
    ),
    max_leaves=20,
)


def letter(body: Any, **system: str) -> Letter:
    text = body if isinstance(body, str) else json.dumps(body)
    told = {"SentTimestamp": "1000", "ApproximateReceiveCount": "2", **system}
    return read({"MessageId": "m-1", "ReceiptHandle": "r", "Body": text, "Attributes": told})


@given(BODIES)
@settings(max_examples=300)
def test_whatever_a_body_is_it_is_read_and_no_text_of_it_is_shown(body: Any) -> None:
    found = letter(body)
    fields, withheld = found.shown()
    assert withheld >= 0
    for path, value in fields.items():
        assert path.rpartition(".")[2] in SHOWN or path.rpartition(".")[2].isdecimal()
        assert not set(value) & set(" \n\"'{}")
    assert " " not in found.subject + found.reason


def test_a_field_that_is_not_named_is_withheld_even_when_it_looks_like_an_id() -> None:
    fields, withheld = letter({"agent": "a", "password": "hunter2", "tenantId": "acme"}).shown()
    assert (fields, withheld) == ({"agent": "a", "tenantId": "acme"}, 1)


def test_a_named_field_whose_value_is_a_text_is_withheld() -> None:
    assert letter({"error": "the patient's name is Ada", "agent": "x" * 600}).shown() == ({}, 2)


def test_json_within_a_text_is_looked_into_so_deep_and_no_deeper() -> None:
    inner: Any = {"runId": "run_1"}
    assert letter({"input": json.dumps(inner)}).shown()[0] == {"input.runId": "run_1"}
    for _ in range(20):
        inner = {"a": inner}
    assert letter(inner).shown() == ({}, 1)


def test_a_message_shows_forty_fields_at_most() -> None:
    fields, withheld = letter([]).shown()
    assert (fields, withheld) == ({}, 0)
    many = letter({"detail": [{"agent": f"a{number}"} for number in range(100)]})
    assert (len(many.shown()[0]), many.shown()[1]) == (40, 60)


def test_another_queues_message_is_its_queues_whatever_its_body_says() -> None:
    """A body may be a tenant's own words: it cannot pretend to be an execution that is to be redriven."""
    forged = {"detail": {"executionArn": "arn:aws:states:us-east-1:1:execution:x:y"}, "step": "reap"}
    found = letter(forged, DeadLetterQueueSourceArn="arn:aws:sqs:us-east-1:1:ambit-dev-work")
    assert (found.origin, found.subject) == (Origin.QUEUE, "ambit-dev-work")


def test_a_step_that_nobody_does_and_a_place_that_is_none_are_unknown() -> None:
    for body in ({"step": "explode"}, {"step": ["reap"]}, {"place": "TENANT#acme#FILE#1"}, {"detail": "x"}, [], "7"):
        assert letter(body).origin is Origin.UNKNOWN


def test_the_run_of_a_record_that_was_set_aside_is_known() -> None:
    run = "run_" + "a" * 32
    found = letter({"place": f"TENANT#acme#RUN#{run} EVENT#0000000007", "reason": "unreadable"})
    assert (found.run, found.tenant_id, found.reason) == (("acme", run), "acme", "unreadable")
