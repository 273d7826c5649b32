"""One adapter for each provider, all alike: `Provider`."""

from collections.abc import Generator
from typing import Protocol

from model_gateway.completions import Chunk, Completion
from model_gateway.requests import ChatRequest


class Provider(Protocol):
    """A provider of models, with one credential. Both raise ModelError, and no other of the provider's making."""

    def complete(self, request: ChatRequest, model: str) -> Completion:
        """The whole answer of one of its models."""
        ...

    def stream(self, request: ChatRequest, model: str) -> Generator[Chunk]:
        """The answer in pieces. Nothing is sent before the first is asked for; StreamCut when it breaks off later.

        Whoever stops early closes it, which closes the connection.
        """
        ...
