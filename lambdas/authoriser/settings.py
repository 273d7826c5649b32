"""The environment of the authoriser, read without pydantic: its import would be most of the cold start's budget."""

import os
from collections.abc import Mapping
from typing import Final, NamedTuple

from platform_kit.outbound import allowances

_REQUIRED: Final = ("CONTROL_TABLE", "RUN_TOKEN_KEY_ARN", "AUDIENCE", "STS_HOSTS", "AWS_REGION")


class SettingsError(RuntimeError):
    """The environment lacks a variable; names it, never a value."""


class AuthoriserSettings(NamedTuple):
    """`audience` is what tokens of an issuer without an own list must name.

    `outbound_allow` are the origins that may be reached although they are not public: none in the cloud.
    `aws_region` is where the tenants' data is that may be reached from here; Lambda sets it.
    `sts_hosts` are where AWS callers' proofs may lead: STS's regional endpoints, locally the local endpoint.
    """

    control_table: str
    run_token_key_arn: str
    audience: str
    outbound_allow: frozenset[str]
    sts_hosts: frozenset[str]
    aws_region: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "AuthoriserSettings":
        """Read the variables of the same names in upper case; SettingsError names those that are missing."""
        source = os.environ if environ is None else environ
        missing = [name for name in _REQUIRED if not source.get(name)]
        if missing:
            raise SettingsError(f"missing environment variables: {', '.join(missing)}")
        allowed = allowances(source.get("OUTBOUND_ALLOW", ""))
        table, run_key, audience, hosts, region = (source[name] for name in _REQUIRED)
        return cls(table, run_key, audience, allowed, frozenset(hosts.split()), region)
