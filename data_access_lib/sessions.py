"""Credentials that IAM itself confines to one tenant: a role assumed with the session tag `tenant`, and clients.

There are none for a tenant whose data is kept in another region: see `residency`. They are kept per tenant, so that a
warm call costs no call to STS; bounded, so that memory is: a DynamoDB and an S3 client take about 0.6 MB together.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from data_access_lib.failures import store_failures
from data_access_lib.tenant import TenantId
from platform_kit.clock import Clock, SystemClock

if TYPE_CHECKING:
    from botocore.config import Config
    from botocore.session import Session
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sts import STSClient
    from mypy_boto3_sts.type_defs import CredentialsTypeDef

    from data_access_lib.residency import Residence

BOUND: Final = 256
DURATION_SECONDS: Final = 3600  # role chaining allows no more (AWS: AssumeRole)
REFRESH_MARGIN: Final = timedelta(minutes=16)  # more than a presigned URL lives, so none dies before its time
CONNECT_TIMEOUT_SECONDS: Final = 2
READ_TIMEOUT_SECONDS: Final = 5
MAX_ATTEMPTS: Final = 3
_QUICK: Final = frozenset({"dynamodb", "kms"})


def client_config(service: str) -> Config:
    """Timeouts and retries of every client that the library makes; S3 signs with version 4, for presigned URLs too."""
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS if service in _QUICK else 6 * READ_TIMEOUT_SECONDS,
        retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
        tcp_keepalive=True,
    )
    # "when_required": a presigned upload must not demand a checksum of bytes that the signer never sees.
    s3 = Config(signature_version="s3v4", request_checksum_calculation="when_required")
    return config.merge(s3) if service == "s3" else config


@dataclass
class _Slot:
    """One tenant's credentials and clients, behind a lock of its own: a slow STS call delays nobody else."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    credentials: CredentialsTypeDef | None = None
    clients: dict[str, Any] = field(default_factory=dict)


class TenantSessions:
    """Clients for DynamoDB, S3, KMS and Secrets Manager that can reach one tenant only. Safe to share between threads.

    `residence` is asked before credentials are taken, anew with each renewal (within 44 minutes): ResidencyViolation.
    """

    def __init__(
        self,
        sts_client: STSClient,
        role_arn: str,
        region: str,
        residence: Residence,
        *,
        clock: Clock | None = None,
        bound: int = BOUND,
    ) -> None:
        self._sts = sts_client
        self._role_arn = role_arn
        self._region = region
        self._residence = residence
        self._clock = clock or SystemClock()
        self._bound = bound
        self._slots: OrderedDict[TenantId, _Slot] = OrderedDict()
        self._lock = threading.Lock()
        self._session: Session | None = None

    def dynamodb(self, tenant_id: TenantId) -> DynamoDBClient:
        """A DynamoDB client with this tenant's credentials."""
        client: DynamoDBClient = self._client(tenant_id, "dynamodb")
        return client

    def s3(self, tenant_id: TenantId) -> S3Client:
        """An S3 client with this tenant's credentials."""
        client: S3Client = self._client(tenant_id, "s3")
        return client

    def kms(self, tenant_id: TenantId) -> KMSClient:
        """A KMS client with this tenant's credentials."""
        client: KMSClient = self._client(tenant_id, "kms")
        return client

    def secrets(self, tenant_id: TenantId) -> SecretsManagerClient:
        """A Secrets Manager client with this tenant's credentials."""
        client: SecretsManagerClient = self._client(tenant_id, "secretsmanager")
        return client

    def _client(self, tenant_id: TenantId, service: str) -> Any:
        slot = self._slot(TenantId(tenant_id))
        with slot.lock:
            credentials = self._fresh(slot, tenant_id)
            if service not in slot.clients:
                slot.clients[service] = self._make(service, credentials)
            return slot.clients[service]

    def _fresh(self, slot: _Slot, tenant_id: TenantId) -> CredentialsTypeDef:
        """The slot's credentials, renewed well before they end; their clients go with them."""
        if slot.credentials is None or slot.credentials["Expiration"] - REFRESH_MARGIN <= self._clock.now():
            slot.credentials, slot.clients = self._assume(tenant_id), {}
        return slot.credentials

    def _slot(self, tenant_id: TenantId) -> _Slot:
        with self._lock:
            slot = self._slots.setdefault(tenant_id, _Slot())
            self._slots.move_to_end(tenant_id)
            if len(self._slots) > self._bound:
                self._slots.popitem(last=False)
            return slot

    def _assume(self, tenant_id: TenantId) -> CredentialsTypeDef:
        self._residence(tenant_id)
        with store_failures():
            answer = self._sts.assume_role(
                RoleArn=self._role_arn,
                RoleSessionName=f"ambit-{tenant_id}",
                DurationSeconds=DURATION_SECONDS,
                Tags=[{"Key": "tenant", "Value": tenant_id}],
            )
        return answer["Credentials"]

    def _make(self, service: str, credentials: CredentialsTypeDef) -> Any:
        with self._lock:  # making a client is not thread-safe (botocore: Session)
            return self._botocore().create_client(
                service,
                region_name=self._region,
                aws_access_key_id=credentials["AccessKeyId"],
                aws_secret_access_key=credentials["SecretAccessKey"],
                aws_session_token=credentials["SessionToken"],
                config=client_config(service),
            )

    def _botocore(self) -> Session:
        from botocore.session import get_session

        self._session = self._session or get_session()
        return self._session
