"""Composition root of the authoriser: what it needs from AWS is reached only on a cache miss."""

import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from lambdas.authoriser import telemetry
from lambdas.authoriser.jwks import KeySets
from lambdas.authoriser.jwks_fetch import fetcher
from lambdas.authoriser.records import ControlTable, RememberedRecords, dynamodb_reader
from lambdas.authoriser.run_keys import RunKey
from lambdas.authoriser.service import Authoriser
from lambdas.authoriser.settings import AuthoriserSettings
from lambdas.authoriser.sts_client import asking
from lambdas.authoriser.sts_proof import RoleProofs
from platform_kit.outbound import Outbound
from platform_kit.run_keys import kms_public_key


@cache
def _authoriser() -> Authoriser:
    settings = AuthoriserSettings.from_environment()
    return Authoriser(
        RememberedRecords(ControlTable(dynamodb_reader(settings.control_table), settings.audience)),
        KeySets(fetcher(Outbound(settings.outbound_allow)), telemetry.keys_not_fetched),
        RunKey(settings.run_token_key_arn, kms_public_key),
        RoleProofs(asking(settings.audience), settings.sts_hosts),
        settings.aws_region,
        time.time,
    )


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Decide about one request (REQUEST authoriser of API Gateway)."""
    return _authoriser().authorise(event)
