"""A look at an issuer's keys before it is believed: one that cannot be read would lock its people out."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, NoReturn

from platform_kit.errors import FieldError, Unprocessable
from platform_kit.jwk import BadKeySet, Keys, read_key_set
from platform_kit.outbound import Outbound, OutboundFailed, OutboundRefused, Target

_OK: Final = 200


@dataclass(frozen=True)
class KeySetCheck:
    """Asks through the guarded door."""

    outbound: Outbound

    def address(self, url: str, pointer: str) -> Target:
        """The parts of an address of the permitted form; Unprocessable names the field at `pointer`."""
        try:
            return self.outbound.permitted(url)
        except OutboundRefused as refusal:
            _refuse(pointer, f"{refusal}: HTTPS on port 443 or 8443, the host's name in lower case")

    def usable(self, url: str, algorithms: Collection[str]) -> int:
        """How many keys for these algorithms the set at the address has; Unprocessable when it has none."""
        self.address(url, "/jwksUri")
        fitting = sum(algorithm in algorithms for _kid, algorithm in self._keys(url))
        if not fitting:
            _refuse("/jwksUri", f"the set has no usable key for {', '.join(algorithms)}: see docs/issuers.md")
        return fitting

    def _keys(self, url: str) -> Keys:
        try:
            answer = self.outbound.get(url)
            if answer.status != _OK:
                _refuse("/jwksUri", f"it answered with status {answer.status}")
            return read_key_set(answer.body)
        except (OutboundRefused, OutboundFailed) as failure:
            _refuse("/jwksUri", f"it cannot be fetched: {failure}")
        except BadKeySet as failure:
            _refuse("/jwksUri", f"it is no JWK Set: {failure}")


def _refuse(pointer: str, why: str) -> NoReturn:
    told = "The issuer's address cannot be used." if pointer == "/iss" else "The issuer's keys cannot be used."
    raise Unprocessable(told, errors=(FieldError(pointer, why),))
