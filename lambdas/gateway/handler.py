"""Composition root of the `gateway` function."""

from functools import cache
from typing import TYPE_CHECKING

from data_access_lib.repositories.tools import ToolRecords
from data_access_lib.signals import OpsAccessSignals
from enforcement.composition import Door
from enforcement.policies import PoliciesInForce
from enforcement.registrations import KINDS as REGISTERED
from enforcement.registrations import Registrations
from lambdas.gateway.attempts import Attempts
from lambdas.gateway.custom_tools import Toolbox, Ways
from lambdas.gateway.mcp import McpServer
from lambdas.gateway.replays import Replayed
from lambdas.gateway.routes import ROUTES, Gateway
from lambdas.gateway.service import GatewayService
from lambdas.gateway.settings import GatewaySettings
from lambdas.gateway.tokens import Mint
from lambdas.gateway.tool_functions import ToolFunctions, patient_client
from lambdas.gateway.tool_secrets import ToolSecrets
from lambdas.gateway.tools import built_in
from platform_kit.api import lambda_handler
from platform_kit.outbound import Outbound
from platform_kit.run_token import RunClaims, key_id_of, kms_signer, mint
from run_lifecycle.callbacks import TaskCallbacks

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient


@cache
def build() -> Gateway:
    """The gateway of this process."""
    settings, door = GatewaySettings.from_environment(), _door()
    tasks = TaskCallbacks(door.clients.get("stepfunctions"))
    registered = Registrations(lambda: ToolRecords(door.reader(*REGISTERED)))
    controls, policies = door.controls(), PoliciesInForce(door.versions, registered)
    service = GatewayService(_mint(settings, door), tasks, policies, door.clock)
    mcp = McpServer(settings.version, controls, policies, _toolbox(settings, door, registered))
    replayed = Replayed(service.mint, door.clock)
    return Gateway(service, mcp, door.desks(tasks.wake), controls, door.replays(), replayed)


def _mint(settings: GatewaySettings, door: Door) -> Mint:
    sign = kms_signer(door.clients.get("kms"), settings.run_token_key_arn)
    key_id = key_id_of(settings.run_token_key_arn)

    def mint_now(claims: RunClaims) -> str:
        return mint(claims, sign, key_id, door.clock.now())

    return mint_now


def _toolbox(settings: GatewaySettings, door: Door, registered: Registrations) -> Toolbox:
    def secrets() -> "SecretsManagerClient":
        client: SecretsManagerClient = door.clients.get("secretsmanager")
        return client

    outbound = Outbound(frozenset(settings.outbound_allow))
    functions, secret = ToolFunctions(patient_client, settings.stage), ToolSecrets(secrets, settings.stage)
    return Toolbox(built_in(outbound), registered, Ways(outbound, functions, secret, door.clock))


@cache
def _door() -> Door:
    return Door.of(GatewaySettings.from_environment())


def _signals() -> OpsAccessSignals:
    def dynamodb() -> "DynamoDBClient":
        client: DynamoDBClient = _door().clients.get("dynamodb")
        return client

    return OpsAccessSignals(dynamodb, GatewaySettings.from_environment().ops_table)


handle = Attempts(_signals).watch(lambda_handler(ROUTES, build))
