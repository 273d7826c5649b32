"""What every vector is made from: two honest signers, their key set, and the claims of an honest token."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from tests.authority import (
    AUDIENCE,
    ISSUER,
    NOW,
    Authority,
    Claims,
    Sign,
    compact,
    ec_jwk,
    ec_key,
    es256,
    rs256,
    rsa_jwk,
    rsa_key,
)

__all__ = ["AUDIENCE", "ISSUER", "NOW"]


class Vector(NamedTuple):
    """A token and the key set it is judged by."""

    token: Any
    jwks: Any


class Case(NamedTuple):
    """A vector, made when it is needed, and why it must be refused; None: it must be accepted."""

    make: Callable[[], Vector]
    reason: str | None


Cases = dict[str, Case]


@dataclass(frozen=True)
class Signer:
    """An algorithm with its key: the private half in `sign`, the public one in `jwk`."""

    alg: str
    kid: str
    make_jwk: Callable[[], Claims]
    make_sign: Callable[[], Sign]

    @property
    def jwk(self) -> Claims:
        return self.make_jwk()

    @property
    def sign(self) -> Sign:
        return self.make_sign()

    def header(self, **changes: Any) -> Claims:
        return {"alg": self.alg, "typ": "JWT", "kid": self.kid} | changes

    def token(self, header: Any = None, payload: Any = None, sign: Sign | None = None) -> str:
        """A token of this signer; `header` and `payload` as `compact` takes them, honest ones when not given."""
        return compact(
            self.header() if header is None else header, claims() if payload is None else payload, sign or self.sign
        )


RS: Final = Signer("RS256", "k1", lambda: rsa_jwk(rsa_key("platform"), "k1"), lambda: rs256(rsa_key("platform")))
ES: Final = Signer("ES256", "e1", lambda: ec_jwk(ec_key("issuer"), "e1"), lambda: es256(ec_key("issuer")))
SIGNERS: Final = (RS, ES)


def claims(**changes: Any) -> Claims:
    """An honest token's claims; a change to None removes one."""
    return Authority().claims(**changes)


def key_set(*keys: Any) -> Claims:
    """These keys; the two honest ones when none is given."""
    return {"keys": list(keys) or [RS.jwk, ES.jwk]}


def token_case(make: Callable[[], Any], reason: str | None) -> Case:
    """A token against the honest key set."""
    return Case(lambda: Vector(make(), key_set()), reason)


def named(prefix: str, cases: Cases) -> Cases:
    """The same cases under `prefix: name`."""
    return {f"{prefix}: {name}": case for name, case in cases.items()}
