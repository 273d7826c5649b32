import threading
from datetime import timedelta
from typing import Any

import pytest

from data_access_lib.bucket import MAX_EXPIRES
from data_access_lib.errors import InvalidTenantId, ResidencyViolation, StoreUnavailable
from data_access_lib.residency import by_authoriser
from data_access_lib.sessions import DURATION_SECONDS, REFRESH_MARGIN, TenantSessions, client_config
from data_access_lib.tenant import TenantId
from tests.stores import REGION, HandClock, WatchedClient, failure, raising

ROLE = "arn:aws:iam::000000000000:role/tenant"
ACME, GLOBEX = TenantId("acme"), TenantId("globex")


class Sts(WatchedClient):
    """STS, giving each assumption its own credentials."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__()
        self._clock = clock
        self.answers["assume_role"] = self._credentials

    def _credentials(self, request: dict[str, Any]) -> dict[str, Any]:
        name = f"{request['Tags'][0]['Value']}-{len(self.calls)}"
        return {
            "Credentials": {
                "AccessKeyId": f"id-{name}",
                "SecretAccessKey": f"secret-{name}",
                "SessionToken": f"token-{name}",
                "Expiration": self._clock.now() + timedelta(seconds=request["DurationSeconds"]),
            }
        }


@pytest.fixture
def sts(clock: HandClock) -> Sts:
    return Sts(clock)


@pytest.fixture
def sessions(sts: Sts, clock: HandClock) -> TenantSessions:
    return TenantSessions(sts, ROLE, REGION, by_authoriser, clock=clock, bound=2)  # type: ignore[arg-type]  # a double


def credentials(client: Any) -> tuple[str, str, str]:
    frozen = client._request_signer._credentials.get_frozen_credentials()
    return frozen.access_key, frozen.secret_key, frozen.token


def test_the_role_is_assumed_with_the_tenant_as_its_only_tag(sessions: TenantSessions, sts: Sts) -> None:
    sessions.dynamodb(ACME)
    assert sts.calls == [
        (
            "assume_role",
            {
                "RoleArn": ROLE,
                "RoleSessionName": "ambit-acme",
                "DurationSeconds": 3600,
                "Tags": [{"Key": "tenant", "Value": "acme"}],
            },
        )
    ]


def test_clients_sign_with_their_tenants_credentials(sessions: TenantSessions) -> None:
    assert credentials(sessions.dynamodb(ACME)) == ("id-acme-1", "secret-acme-1", "token-acme-1")
    assert credentials(sessions.s3(GLOBEX)) == ("id-globex-2", "secret-globex-2", "token-globex-2")
    assert sessions.dynamodb(ACME).meta.service_model.service_name == "dynamodb"
    assert credentials(sessions.kms(GLOBEX))[0] == "id-globex-2"
    assert sessions.kms(GLOBEX).meta.service_model.service_name == "kms"
    assert sessions.s3(ACME).meta.service_model.service_name == "s3"
    assert sessions.s3(ACME).meta.region_name == REGION


def test_a_warm_client_costs_no_call(sessions: TenantSessions, sts: Sts) -> None:
    first = sessions.dynamodb(ACME)
    assert sessions.dynamodb(ACME) is first
    assert sessions.s3(ACME) is sessions.s3(ACME)
    assert len(sts.calls) == 1


def test_two_tenants_never_share_a_client(sessions: TenantSessions) -> None:
    assert sessions.dynamodb(ACME) is not sessions.dynamodb(GLOBEX)
    assert sessions.dynamodb(TenantId("acme-2")) is not sessions.dynamodb(ACME)


def test_credentials_are_renewed_well_before_they_end(sessions: TenantSessions, sts: Sts, clock: HandClock) -> None:
    first, s3 = sessions.dynamodb(ACME), sessions.s3(ACME)
    clock.advance(seconds=3600 - 16 * 60 - 1)
    assert sessions.dynamodb(ACME) is first
    clock.advance(seconds=1)
    assert credentials(sessions.dynamodb(ACME))[0] == "id-acme-2"
    assert sessions.s3(ACME) is not s3
    assert len(sts.calls) == 2


def test_a_presigned_url_never_outlives_its_credentials() -> None:
    assert timedelta(seconds=MAX_EXPIRES) < REFRESH_MARGIN < timedelta(seconds=DURATION_SECONDS)


def test_the_tenant_used_longest_ago_is_forgotten_first(sessions: TenantSessions, sts: Sts) -> None:
    sessions.dynamodb(ACME)
    sessions.dynamodb(GLOBEX)
    sessions.dynamodb(ACME)
    sessions.dynamodb(TenantId("third"))
    sessions.dynamodb(ACME)
    assert len(sts.calls) == 3
    sessions.dynamodb(GLOBEX)
    assert len(sts.calls) == 4


def test_there_is_room_for_256_tenants_unless_told(sts: Sts, clock: HandClock) -> None:
    sessions = TenantSessions(sts, ROLE, REGION, by_authoriser, clock=clock)  # type: ignore[arg-type]  # a double
    tenants = [TenantId(f"tenant-{number}") for number in range(257)]
    for tenant in tenants:
        sessions._slot(tenant)
    assert list(sessions._slots) == tenants[1:]


@pytest.mark.parametrize("hostile", ["platform", "acme#", "", "*", "${aws:PrincipalTag/tenant}"])
def test_no_role_is_assumed_for_what_is_no_tenant(sessions: TenantSessions, sts: Sts, hostile: Any) -> None:
    with pytest.raises(InvalidTenantId):
        sessions.dynamodb(hostile)
    assert sts.calls == []


def test_a_failed_assumption_is_told_and_tried_again_next_time(sessions: TenantSessions, sts: Sts) -> None:
    good = sts.answers["assume_role"]
    sts.answers["assume_role"] = raising(failure("ThrottlingException"))
    with pytest.raises(StoreUnavailable):
        sessions.dynamodb(ACME)
    sts.answers["assume_role"] = good
    assert credentials(sessions.dynamodb(ACME))[0] == "id-acme-2"


def test_many_threads_make_one_assumption_and_one_client(sessions: TenantSessions, sts: Sts) -> None:
    start = threading.Barrier(8)
    seen: list[object] = []

    def use() -> None:
        start.wait()
        seen.append(sessions.dynamodb(ACME))

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, seen))) == 1
    assert len(sts.calls) == 1


def test_a_slow_assumption_delays_no_other_tenant(sessions: TenantSessions, sts: Sts) -> None:
    sessions.dynamodb(GLOBEX)
    entered, release = threading.Event(), threading.Event()
    good = sts.answers["assume_role"]

    def slow(request: dict[str, Any]) -> Any:
        entered.set()
        release.wait(5)
        return good(request)

    sts.answers["assume_role"] = slow
    thread = threading.Thread(target=sessions.dynamodb, args=(ACME,))
    thread.start()
    entered.wait(5)
    assert credentials(sessions.dynamodb(GLOBEX))[0] == "id-globex-1"
    release.set()
    thread.join()


def test_clients_have_short_timeouts_and_bounded_retries() -> None:
    dynamodb: Any = client_config("dynamodb")
    assert (dynamodb.connect_timeout, dynamodb.read_timeout) == (2, 5)
    assert dynamodb.retries == {"mode": "standard", "total_max_attempts": 3}
    assert dynamodb.tcp_keepalive is True
    assert client_config("kms").read_timeout == 5  # type: ignore[attr-defined]  # botocore's own, not in its types
    s3: Any = client_config("s3")
    assert (s3.connect_timeout, s3.read_timeout, s3.signature_version) == (2, 30, "s3v4")
    assert s3.request_checksum_calculation == "when_required"
    assert s3.retries == {"mode": "standard", "total_max_attempts": 3}


def test_a_made_client_has_that_configuration(sessions: TenantSessions) -> None:
    config: Any = sessions.s3(ACME).meta.config
    assert (config.connect_timeout, config.read_timeout, config.signature_version) == (2, 30, "s3v4")


def test_a_presigned_upload_signs_length_and_type_and_demands_no_checksum(sessions: TenantSessions) -> None:
    url = sessions.s3(ACME).generate_presigned_url(
        "put_object",
        Params={"Bucket": "b", "Key": "tenants/acme/x", "ContentType": "text/csv", "ContentLength": 5},
    )
    assert "X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost" in url
    assert "checksum" not in url.lower()


def test_the_machines_clock_is_the_default(sts: Sts) -> None:
    from datetime import UTC, datetime

    sts._clock.moment = datetime.now(UTC)
    sessions = TenantSessions(sts, ROLE, REGION, by_authoriser)  # type: ignore[arg-type]  # a double
    sessions.dynamodb(ACME)
    sessions.dynamodb(ACME)
    assert len(sts.calls) == 1


# Residency


def elsewhere(tenant_id: TenantId) -> None:
    if tenant_id == ACME:
        raise ResidencyViolation


def test_there_are_no_credentials_for_a_tenant_whose_data_is_kept_elsewhere(sts: Sts, clock: HandClock) -> None:
    sessions = TenantSessions(sts, ROLE, REGION, elsewhere, clock=clock)  # type: ignore[arg-type]  # a double
    for _ in range(2):  # a refusal leaves nothing behind that a second attempt could use
        for client in (sessions.dynamodb, sessions.s3, sessions.kms):
            with pytest.raises(ResidencyViolation):
                client(ACME)
    assert sts.calls == []
    sessions.dynamodb(GLOBEX)
    assert len(sts.calls) == 1


def test_residency_is_asked_with_each_set_of_credentials_and_not_for_each_client(sts: Sts, clock: HandClock) -> None:
    asked: list[str] = []
    sessions = TenantSessions(sts, ROLE, REGION, asked.append, clock=clock)  # type: ignore[arg-type]  # a double
    sessions.dynamodb(ACME)
    sessions.s3(ACME)
    sessions.dynamodb(GLOBEX)
    assert asked == ["acme", "globex"]
    clock.advance(seconds=3600 - 16 * 60)
    sessions.dynamodb(ACME)
    assert asked == ["acme", "globex", "acme"]


def test_a_tenant_that_moved_away_is_refused_at_the_next_renewal(sts: Sts, clock: HandClock) -> None:
    moved: list[bool] = []

    def residence(_tenant_id: TenantId) -> None:
        if moved:
            raise ResidencyViolation

    sessions = TenantSessions(sts, ROLE, REGION, residence, clock=clock)  # type: ignore[arg-type]  # a double
    sessions.dynamodb(ACME)
    moved.append(True)
    clock.advance(seconds=3600 - 16 * 60)
    with pytest.raises(ResidencyViolation):
        sessions.dynamodb(ACME)
