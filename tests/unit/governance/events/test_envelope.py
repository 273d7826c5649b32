import json

import jsonschema_rs
import pytest

from governance.events.catalogue import CATALOGUE
from governance.events.envelope import PlatformEvent, body_of, cloud_event, envelope_schema


def event(kind: str) -> PlatformEvent:
    data = CATALOGUE[kind].example()
    return PlatformEvent("evt_" + "0" * 32, kind, "acme", "2026-11-22T10:15:30.000Z", data)


@pytest.mark.parametrize("kind", CATALOGUE)
def test_every_kind_is_told_as_a_cloud_event(kind: str) -> None:
    told = cloud_event(event(kind))
    assert jsonschema_rs.is_valid(envelope_schema(), told)
    assert jsonschema_rs.is_valid(CATALOGUE[kind].schema(), told["data"])
    assert told["dataschema"].endswith(f"{kind}:{told['dataversion']}")
    # CloudEvents 1.0, "Attribute Naming Convention": lower-case letters and digits, at most twenty.
    assert all(name.isalnum() and name == name.lower() and len(name) <= 20 for name in told)


def test_the_bytes_are_the_same_each_time() -> None:
    assert body_of(event("job.succeeded")) == body_of(event("job.succeeded"))
    assert json.loads(body_of(event("job.succeeded"))) == cloud_event(event("job.succeeded"))


def test_what_the_catalogue_lacks_is_not_told() -> None:
    with pytest.raises(LookupError):
        cloud_event(PlatformEvent("evt_" + "0" * 32, "job.imagined", "acme", "2026-11-22T10:15:30.000Z", {}))
