"""Ciphertexts of one tenant carried elsewhere, through the real repositories: they are refused, never shown.

The attacker here can write the tables, which our own roles cannot beyond their tenant: the last wall is the cipher.
"""

from collections.abc import Callable
from typing import Any

import pytest

from data_access_lib.errors import ContentErased, ContentUnreadable
from data_access_lib.repositories.events import EventDraft
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.runs import Runs
from data_access_lib.repositories.sessions import Sessions
from platform_kit.errors import AmbitError
from platform_kit.ids import new_id
from tests.keyed import Keyed
from tests.stores import HandClock

SECRET = "the board meets on Tuesday"
SESSION = "ses_" + "0" * 32
ATTRIBUTES = ("input", "context", "metadata", "output", "error", "progress")


def runs_of(keyed: Keyed, tenant: str, clock: HandClock) -> Runs:
    return Runs(keyed.stores.table(keyed.stores.runs, tenant, content=keyed.content(tenant)), clock)


def start(keyed: Keyed, tenant: str, clock: HandClock) -> str:
    """A run with something said in every attribute that holds content."""
    run_id, runs = new_id("run"), runs_of(keyed, tenant, clock)
    transaction = keyed.stores.table(keyed.stores.runs, tenant, content=keyed.content(tenant)).transaction()
    said = {name: {"said": SECRET} for name in ATTRIBUTES}
    run = {"runId": run_id, "sessionId": SESSION, "status": "running", **said, "input": SECRET}
    runs.start(transaction, run, [EventDraft("assistant", "delta", {"text": SECRET})])
    transaction.commit()
    return run_id


def raw(keyed: Keyed, tenant: str, run_id: str, sk: str = "META") -> dict[str, Any]:
    found = keyed.stores.raw(keyed.stores.runs, f"TENANT#{tenant}#RUN#{run_id}", sk)
    assert found is not None
    return found


def overwrite(keyed: Keyed, item: dict[str, Any]) -> None:
    keyed.stores.client._client.put_item(TableName=keyed.stores.runs, Item=item)  # type: ignore[attr-defined]  # moto's


@pytest.fixture
def two(keyed: Keyed) -> Keyed:
    keyed.add_key("acme")
    keyed.add_key("globex")
    return keyed


def test_the_tables_hold_nothing_that_was_said(two: Keyed, clock: HandClock) -> None:
    run_id = start(two, "acme", clock)
    table = two.stores.table(two.stores.ops, content=two.content())
    answers = Idempotency(table, clock)
    ticket = answers.ticket("POST /v1/files", "k", b"body")
    answers.begin(ticket)
    answers.complete(ticket, {"said": SECRET})
    session = {"sessionId": SESSION, "agent": "echo-agent", "note": SECRET}
    sessions = two.stores.table(two.stores.runs, content=two.content())
    transaction = sessions.transaction()
    Sessions(sessions, clock).start(transaction, session)
    transaction.commit()
    client: Any = two.stores.client._client
    everything = repr([client.scan(TableName=name)["Items"] for name in (two.stores.runs, two.stores.ops)])
    assert SECRET not in everything
    assert "running" in everything
    assert runs_of(two, "acme", clock).get(run_id)["context"] == {"said": SECRET}
    assert runs_of(two, "acme", clock).log.read(run_id)[0]["payload"]["text"] == SECRET
    saved = Idempotency(table, clock).look(ticket)
    assert saved is not None
    assert saved.response == {"said": SECRET}
    assert Sessions(sessions, clock).get(SESSION)["note"] == SECRET


def test_a_saved_answer_is_opened_when_a_failed_condition_brings_it_along(two: Keyed, clock: HandClock) -> None:
    answers = Idempotency(two.stores.table(two.stores.ops, content=two.content()), clock)
    ticket = answers.ticket("POST /v1/files", "k", b"body")
    assert answers.begin(ticket) is None
    answers.complete(ticket, {"said": SECRET})
    again = answers.begin(answers.ticket("POST /v1/files", "k", b"body"))
    assert again is not None
    assert again.response == {"said": SECRET}


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_a_ciphertext_is_refused_in_another_item(attribute: str, two: Keyed, clock: HandClock) -> None:
    source, target = start(two, "acme", clock), start(two, "acme", clock)
    overwrite(two, raw(two, "acme", target) | {attribute: raw(two, "acme", source)[attribute]})
    with pytest.raises(ContentUnreadable):
        runs_of(two, "acme", clock).get(target)
    assert runs_of(two, "acme", clock).get(source)["input"] == SECRET


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_a_ciphertext_is_refused_in_another_attribute(attribute: str, two: Keyed, clock: HandClock) -> None:
    run_id = start(two, "acme", clock)
    item = raw(two, "acme", run_id)
    overwrite(two, item | {name: item[attribute] for name in ATTRIBUTES if name != attribute})
    with pytest.raises(ContentUnreadable):
        runs_of(two, "acme", clock).get(run_id)


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_a_ciphertext_is_refused_in_another_tenant(attribute: str, two: Keyed, clock: HandClock) -> None:
    source, target = start(two, "acme", clock), start(two, "globex", clock)
    overwrite(two, raw(two, "globex", target) | {attribute: raw(two, "acme", source)[attribute]})
    with pytest.raises(ContentUnreadable):
        runs_of(two, "globex", clock).get(target)


def test_a_whole_item_copied_into_another_tenant_is_refused(two: Keyed, clock: HandClock) -> None:
    source = start(two, "acme", clock)
    overwrite(two, raw(two, "acme", source) | {"pk": {"S": f"TENANT#globex#RUN#{source}"}})
    with pytest.raises(ContentUnreadable):
        runs_of(two, "globex", clock).get(source)


def test_a_tenant_without_keys_reads_none_of_another(keyed: Keyed, clock: HandClock) -> None:
    keyed.add_key("acme")
    source = start(keyed, "acme", clock)
    overwrite(keyed, raw(keyed, "acme", source) | {"pk": {"S": f"TENANT#globex#RUN#{source}"}})
    with pytest.raises(ContentErased):
        runs_of(keyed, "globex", clock).get(source)


def test_an_event_replayed_under_another_number_is_refused(two: Keyed, clock: HandClock) -> None:
    run_id = start(two, "acme", clock)
    event = raw(two, "acme", run_id, "EVENT#0000000001")
    overwrite(two, event | {"sk": {"S": "EVENT#0000000002"}, "seq": {"N": "2"}})
    runs = runs_of(two, "acme", clock)
    assert runs.log.read(run_id, limit=1)[0]["payload"]["text"] == SECRET
    with pytest.raises(ContentUnreadable):
        runs.log.read(run_id)


def cut(value: bytes) -> bytes:
    return value[:-1]


def emptied(_value: bytes) -> bytes:
    return b""


def renumbered(value: bytes) -> bytes:
    """The number of an earlier data key, for a value that a later one sealed."""
    return value[:4] + b"\1" + value[5:]


def unversioned(value: bytes) -> bytes:
    return b"\0" + value[1:]


def flipped(value: bytes) -> bytes:
    return value[:-1] + bytes([value[-1] ^ 1])


@pytest.mark.parametrize("change", [cut, emptied, renumbered, unversioned, flipped])
def test_a_changed_ciphertext_is_refused(change: Callable[[bytes], bytes], two: Keyed, clock: HandClock) -> None:
    two.add_key("acme", number=2)
    run_id = start(two, "acme", clock)
    item = raw(two, "acme", run_id)
    assert item["input"]["B"][4] == 2
    overwrite(two, item | {"input": {"B": change(bytes(item["input"]["B"]))}})
    with pytest.raises(ContentUnreadable):
        runs_of(two, "acme", clock).get(run_id)


def test_a_number_that_never_was_is_refused(two: Keyed, clock: HandClock) -> None:
    run_id = start(two, "acme", clock)
    item = raw(two, "acme", run_id)
    value = bytes(item["input"]["B"])
    overwrite(two, item | {"input": {"B": value[:4] + b"\x63" + value[5:]}})
    with pytest.raises(ContentErased):
        runs_of(two, "acme", clock).get(run_id)


def test_a_refusal_says_nothing_of_what_is_stored(two: Keyed, clock: HandClock) -> None:
    source, target = start(two, "acme", clock), start(two, "globex", clock)
    overwrite(two, raw(two, "globex", target) | {"input": raw(two, "acme", source)["input"]})
    with pytest.raises(AmbitError) as caught:
        runs_of(two, "globex", clock).get(target)
    assert not {"acme", source, "input", SECRET} & set(caught.value.detail.split())
    assert caught.value.members == {}
