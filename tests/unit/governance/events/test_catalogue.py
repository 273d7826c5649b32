import jsonschema_rs
import pytest

from governance.events.catalogue import CATALOGUE, OFFERED, EventType, event_type

PROMISED = frozenset(
    {
        *("job.succeeded", "job.failed", "job.halted", "job.cancelled", "job.timed_out", "run.halted"),
        *("approval.requested", "approval.decided", "budget.threshold", "incident.opened"),
        *("agent.version.promoted", "agent.version.rolled_back", "tenant.suspended"),
    }
)


def test_every_event_that_the_api_promises_is_in_the_catalogue() -> None:
    assert set(OFFERED) >= PROMISED


def test_what_is_sent_to_one_endpoint_only_cannot_be_asked_for() -> None:
    assert set(CATALOGUE) - set(OFFERED) == {"webhook.test", "webhook.challenge"}


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=list(CATALOGUE))
def test_an_example_holds_its_schema_and_a_missing_field_does_not(kind: EventType) -> None:
    schema, example = kind.schema(), kind.example()
    jsonschema_rs.meta.validate(schema)
    assert jsonschema_rs.is_valid(schema, example)
    for name in schema["required"]:
        assert not jsonschema_rs.is_valid(schema, {key: value for key, value in example.items() if key != name})


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=list(CATALOGUE))
def test_the_subject_is_a_field_that_is_always_there(kind: EventType) -> None:
    assert kind.fields[kind.subject].required


def test_what_is_not_in_the_catalogue_has_no_kind() -> None:
    with pytest.raises(LookupError):
        event_type("job.imagined")
