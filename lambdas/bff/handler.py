"""Composition root of the web app's session function."""

from functools import cache
from typing import Final

import boto3

from data_access_lib.admin import PlatformServiceTable
from data_access_lib.client import BoundedTable
from data_access_lib.signals import OpsAccessSignals
from lambdas.bff.cookies import Cookies
from lambdas.bff.http import PooledHttp
from lambdas.bff.oidc import IdentityProvider
from lambdas.bff.routes import ROUTES, Bff
from lambdas.bff.sealing import Sealer
from lambdas.bff.service import WebSessions
from lambdas.bff.sessions import SessionStore
from lambdas.bff.settings import BffSettings
from platform_kit import api
from platform_kit.clock import SystemClock

_SESSION_KINDS: Final = frozenset({"BFFSESSION"})


@cache
def _bff() -> Bff:
    settings = BffSettings.from_environment()
    clock = SystemClock()
    secret = _secret(settings.bff_secret_arn)
    provider = IdentityProvider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        f"{settings.origin}/bff/callback",
        http=PooledHttp(),
        clock=clock,
    )
    sessions = SessionStore(_sessions_table(settings), Sealer(secret, "session"))
    web = WebSessions(provider, sessions, clock, provider.issuer)
    return Bff(web, Cookies(settings.secure_cookies, Sealer(secret, "login")), settings.origin)


def _secret(arn: str) -> bytes:
    return boto3.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"].encode()


def _sessions_table(settings: BffSettings) -> BoundedTable:
    client = boto3.client("dynamodb")
    signals = OpsAccessSignals(lambda: client, settings.ops_table)
    return PlatformServiceTable(client, settings.ops_table, "bff", _SESSION_KINDS, signals)


handle = api.lambda_handler(ROUTES, _bff)
