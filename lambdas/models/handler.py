"""Composition root of the function `models`, which `app` serves."""

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from data_access_lib.admin import PlatformServiceTable
from data_access_lib.failures import code_of, store_failures
from data_access_lib.repositories.circuits import Circuits
from data_access_lib.repositories.models import Models
from data_access_lib.tenant import TenantId
from enforcement.composition import Door
from enforcement.policies import PoliciesInForce
from lambdas.models.providers import Hosts, TenantProviders
from lambdas.models.registry import Credentials, ModelRegistry, ReadSecret
from lambdas.models.service import ModelService
from lambdas.models.settings import ModelSettings
from model_gateway.breaker import Breaker
from model_gateway.router import Router
from model_gateway.stored_circuits import StoredCircuits
from run_lifecycle.callbacks import TaskCallbacks

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_BEDROCK_FIRST_BYTE_SECONDS: Final = 60
_CONNECT_SECONDS: Final = 3


@cache
def build() -> ModelService:
    """The service of this process."""
    settings = ModelSettings.from_environment()
    door = Door.of(settings)
    return ModelService(
        desk=door.desks(TaskCallbacks(door.clients.get("stepfunctions")).wake),
        controls=door.controls(),
        policies=PoliciesInForce(door.versions),
        registry=ModelRegistry(lambda tenant: Models(door.control(tenant))),
        providers=_providers(settings, door),
        router=Router(Breaker(StoredCircuits(lambda: _circuits(settings, door)))),
        clock=door.clock,
        replay=door.replays(),
    )


def _circuits(settings: ModelSettings, door: Door) -> Circuits:
    kinds = frozenset({"CIRCUIT"})
    dynamodb = door.clients.get("dynamodb")
    return Circuits(PlatformServiceTable(dynamodb, settings.ops_table, "models", kinds, door.signals))


def _providers(settings: ModelSettings, door: Door) -> Any:
    enabled, credentials, hosts = frozenset(settings.model_providers.split()), Credentials(), Hosts()

    def secret(owner: TenantId | None) -> ReadSecret:
        if owner is None:
            return lambda: _secret(door.clients.get("secretsmanager"), settings.model_secret_arn)
        return lambda: _secret(door.sessions.secrets(owner), f"{settings.tenant_secrets}/{owner}/models")

    def bedrock() -> Any:
        return door.clients.get("bedrock-runtime", _bedrock_config())

    return lambda desk: TenantProviders(desk.tenant.tenant_id, enabled, credentials, secret, bedrock, hosts)


def _secret(client: "SecretsManagerClient", name: str) -> str | None:
    """The text of a secret; None when there is none."""
    from botocore.exceptions import ClientError

    try:
        with store_failures():
            return str(client.get_secret_value(SecretId=name)["SecretString"])
    except ClientError as failure:
        if code_of(failure) == "ResourceNotFoundException":
            return None
        raise


def _bedrock_config() -> Any:
    """No retries of its own: the gateway's own count, and its circuits."""
    from botocore.config import Config

    return Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_BEDROCK_FIRST_BYTE_SECONDS,
        retries={"total_max_attempts": 1},
        tcp_keepalive=True,
    )
