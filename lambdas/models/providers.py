"""Adapters for the targets of one tenant's route: the provider's own host, and the credential that is meant for it."""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from data_access_lib.tenant import TenantId
from lambdas.models.registry import Credentials, ReadSecret
from model_gateway.errors import ModelNotConfigured
from model_gateway.http import Post, ProviderHttp
from model_gateway.providers import Provider
from model_gateway.providers.anthropic import ORIGIN as ANTHROPIC_ORIGIN
from model_gateway.providers.anthropic import AnthropicModels
from model_gateway.providers.bedrock import BedrockModels
from model_gateway.providers.local import LocalModel
from model_gateway.providers.openai import AZURE_ORIGIN, OPENAI_ORIGIN, azure, openai
from model_gateway.targets import ProviderName, Target

_RESOURCE: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_PLATFORM: Final = "platform"
_MOST_HOSTS: Final = 64


class Hosts:
    """Connections to providers' hosts, shared by all tenants: a connection carries no credential."""

    def __init__(self, make: Callable[[str], Post] = ProviderHttp) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: OrderedDict[str, Post] = OrderedDict()

    def at(self, origin: str) -> Post:
        """Requests to one origin."""
        with self._lock:
            if origin not in self._made:
                self._made[origin] = self._make(origin)
            self._made.move_to_end(origin)
            if len(self._made) > _MOST_HOSTS:
                self._made.popitem(last=False)
            return self._made[origin]


@dataclass(frozen=True)
class TenantProviders:
    """What `Router` asks for adapters. `secret` reads a tenant's own, or the platform's (None)."""

    tenant: TenantId
    enabled: frozenset[str]
    credentials: Credentials
    secret: Callable[[TenantId | None], ReadSecret]
    bedrock: Callable[[], Any]
    hosts: Hosts = field(default_factory=Hosts)

    def of(self, target: Target) -> Provider:
        """The adapter for a target; ModelNotConfigured."""
        if target.provider not in self.enabled:
            raise ModelNotConfigured(f"The provider {target.provider} is not in use here.")
        match target.provider:
            case ProviderName.LOCAL:
                return LocalModel()
            case ProviderName.BEDROCK:
                return self._bedrock(target)
            case ProviderName.OPENAI:
                return openai(self.hosts.at(OPENAI_ORIGIN), self._key(target))
            case ProviderName.ANTHROPIC:
                return AnthropicModels(self.hosts.at(ANTHROPIC_ORIGIN), self._key(target))
            case ProviderName.AZURE:
                return azure(self.hosts.at(AZURE_ORIGIN.format(resource=self._resource(target))), self._key(target))

    def _bedrock(self, target: Target) -> Provider:
        if target.own_key:
            raise ModelNotConfigured("Bedrock is asked with the platform's role, not with a tenant's credential.")
        return BedrockModels(self.bedrock())

    def _key(self, target: Target) -> str:
        return self._text(target, "apiKey")

    def _resource(self, target: Target) -> str:
        """The Azure resource, as a label of a host name and nothing else."""
        resource = self._text(target, "resource")
        if not _RESOURCE.fullmatch(resource):
            raise ModelNotConfigured("The credential for azure does not name a resource.")
        return resource

    def _text(self, target: Target, name: str) -> str:
        owner = self.tenant if target.own_key else None
        known = self.credentials.of(str(owner or _PLATFORM), target.provider, self.secret(owner))
        value = known.get(name)
        if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
            raise ModelNotConfigured(f"There is no credential for {target.provider}.")
        return value
