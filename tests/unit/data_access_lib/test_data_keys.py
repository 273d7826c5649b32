import threading
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from data_access_lib.content import Content
from data_access_lib.data_keys import BOUND, KEPT_SECONDS, asked
from data_access_lib.errors import ContentErased, ContentUnreadable, KeyUnavailable, StoreUnavailable
from data_access_lib.keys import Key
from tests.keyed import Keyed
from tests.stores import PASS, failure, raising

RUN = Key("TENANT#acme#RUN#run_1", "META")
SAID = {"input": "hello"}


def put_away(content: Content) -> dict[str, Any]:
    return dict(content.put_away(RUN, SAID))


def take_out(content: Content, stored: dict[str, Any]) -> Any:
    return content.take_out({**RUN._asdict(), **stored})["input"]


def test_a_tenant_without_keys_writes_plain_and_asks_no_key_service(keyed: Keyed) -> None:
    content = keyed.content()
    assert put_away(content) == SAID
    assert content.object_encryption() == {}
    assert keyed.kms.calls == []


def test_a_tenant_with_a_key_seals_with_it(keyed: Keyed) -> None:
    arn = keyed.add_key()
    content = keyed.content()
    stored = put_away(content)
    assert isinstance(stored["input"], bytes)
    assert take_out(content, stored) == "hello"
    assert take_out(keyed.content(), stored) == "hello"  # another process
    assert content.object_encryption()["SSEKMSKeyId"] == arn


def test_the_key_service_is_asked_with_the_tenant_and_the_number(keyed: Keyed) -> None:
    arn = keyed.add_key()
    keyed.kms.calls.clear()
    put_away(keyed.content())
    [(operation, request)] = keyed.kms.calls
    assert (operation, request["KeyId"]) == ("decrypt", arn)
    assert request["EncryptionContext"] == {"tenant": "acme", "use": "content", "number": "1"}


def test_a_warm_process_asks_nobody_and_a_minute_later_it_asks_again(keyed: Keyed) -> None:
    keyed.add_key()
    content = keyed.content()
    put_away(content)
    keyed.kms.calls.clear()
    keyed.stores.client.calls.clear()
    keyed.time.seconds += KEPT_SECONDS - 0.1
    for _ in range(3):
        put_away(content)
    assert (keyed.kms.calls, keyed.stores.client.calls) == ([], [])
    keyed.time.seconds += 0.2
    put_away(content)
    assert (keyed.kms.operations, keyed.stores.client.operations) == (["decrypt"], ["query"])
    assert KEPT_SECONDS < 60


def test_after_a_rotation_new_values_have_the_new_number_and_old_ones_are_read(keyed: Keyed) -> None:
    keyed.add_key()
    content = keyed.content()
    old = put_away(content)
    keyed.add_key(number=2)
    assert put_away(content)["input"][4] == 1  # until the process looks again
    keyed.time.seconds += KEPT_SECONDS
    new = put_away(content)
    assert (old["input"][4], new["input"][4]) == (1, 2)
    assert (take_out(content, old), take_out(content, new)) == ("hello", "hello")


def test_a_value_of_a_number_that_is_not_there_was_erased(keyed: Keyed) -> None:
    keyed.add_key()
    stored = put_away(keyed.content())
    with pytest.raises(ContentErased):
        take_out(keyed.content("globex"), stored)
    keyed.add_key("globex")
    with pytest.raises(ContentUnreadable):
        take_out(keyed.content("globex"), stored)


def test_after_an_erasure_nothing_is_read_and_nothing_written(keyed: Keyed) -> None:
    keyed.add_key()
    content = keyed.content()
    stored = put_away(content)
    keyed.data_keys().erase()
    assert take_out(content, stored) == "hello"  # what the process holds, it holds for 45 s
    keyed.time.seconds += KEPT_SECONDS
    for attempt in (lambda: take_out(content, stored), lambda: put_away(content), content.object_encryption):
        with pytest.raises(ContentErased):
            attempt()


@pytest.mark.parametrize(
    "error",
    [
        failure("DisabledException"),
        failure("KMSInvalidStateException"),
        failure("AccessDeniedException"),
        failure("ThrottlingException"),
        failure("InvalidCiphertextException"),
        ConnectTimeoutError(endpoint_url="http://kms"),
        ReadTimeoutError(endpoint_url="http://kms"),
    ],
)
def test_a_key_that_cannot_be_used_fails_closed(error: Exception, keyed: Keyed, capsys: Any) -> None:
    keyed.add_key()
    stored = put_away(keyed.content())
    keyed.kms.answers["decrypt"] = raising(error)
    for attempt in (put_away, lambda content: take_out(content, stored)):
        with pytest.raises(KeyUnavailable) as caught:
            attempt(keyed.content())
        assert (caught.value.status, caught.value.__suppress_context__) == (503, True)
    printed = capsys.readouterr().out
    assert "TenantKeyUnavailable" in printed
    assert "http://kms" not in printed


def test_a_key_that_works_again_is_used_again(keyed: Keyed) -> None:
    keyed.add_key()
    keyed.kms.answers["decrypt"] = raising(failure("DisabledException"), times=1)
    content = keyed.content()
    with pytest.raises(KeyUnavailable):
        put_away(content)
    assert take_out(content, put_away(content)) == "hello"


def test_a_disabled_key_stops_a_warm_process_too(keyed: Keyed) -> None:
    keyed.add_key()
    content = keyed.content()
    put_away(content)
    keyed.kms.answers["decrypt"] = raising(failure("DisabledException"))  # moto decrypts with a disabled key
    keyed.time.seconds += KEPT_SECONDS
    with pytest.raises(KeyUnavailable):
        put_away(content)


def test_when_the_keys_cannot_be_read_nothing_is_written_plain(keyed: Keyed) -> None:
    keyed.stores.client.answers["query"] = raising(failure("ThrottlingException"), times=1)
    content = keyed.content()
    with pytest.raises(StoreUnavailable):
        put_away(content)
    assert put_away(content) == SAID


def test_a_wrapped_key_of_another_number_or_tenant_does_not_unwrap(keyed: Keyed) -> None:
    """Who can write the tenant's records still cannot pass an old data key, or another's, off as the present one."""
    keyed.add_key()
    keyed.add_key("globex")
    table = keyed.stores.table(keyed.stores.control)
    ring, foreign = keyed.data_keys().ring(), keyed.data_keys("globex").ring()
    assert ring is not None
    assert foreign is not None
    for swapped in (ring.wrapped[1], foreign.wrapped[1]):
        item = {"number": 2, "keyArn": swapped.key_arn, "blob": swapped.blob}
        table.put({"pk": "TENANT#acme#DATAKEY", "sk": "NUMBER#0000000002", **item})
        table.update(Key("TENANT#acme#DATAKEY", "META"), set_={"current": 2})
        with pytest.raises(KeyUnavailable):
            put_away(keyed.content())


def test_each_tenant_has_keys_of_its_own_and_only_so_many_are_kept(keyed: Keyed) -> None:
    for tenant in ("acme", "globex", "initech"):
        keyed.add_key(tenant)
    keyrings = keyed.keyrings(bound=2)
    keyed.kms.calls.clear()
    for tenant in ("acme", "globex", "acme", "initech", "acme", "globex"):
        put_away(keyed.content(tenant, keyrings))
    assert keyed.kms.operations == ["decrypt"] * 4  # globex made room for initech
    assert BOUND == 256


def test_a_slow_key_service_holds_up_its_own_tenant_only(keyed: Keyed) -> None:
    keyed.add_key("acme")
    keyed.add_key("globex")
    keyrings = keyed.keyrings()
    put_away(keyed.content("globex", keyrings))
    entered, release = threading.Event(), threading.Event()

    def slow(_request: dict[str, Any]) -> Any:
        entered.set()
        release.wait(5)
        return PASS

    keyed.kms.answers["decrypt"] = slow
    thread = threading.Thread(target=lambda: put_away(keyed.content("acme", keyrings)))
    thread.start()
    entered.wait(5)
    put_away(keyed.content("globex", keyrings))
    release.set()
    thread.join()


def test_what_the_key_service_answers_is_passed_on() -> None:
    assert asked(lambda: 7) == 7
    with pytest.raises(KeyError):
        asked(lambda: {}["x"])
