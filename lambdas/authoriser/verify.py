"""The one verifier of the tokens that identity providers sign: form, issuer, header, key, signature, claims.

`verify` is its public face: given all it needs, it asks nobody, so that any corpus of tokens and key sets can be run
against it. The authoriser calls `verify_parsed`, the same code, with its records and fetched key sets behind it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from lambdas.authoriser import jwt_rules
from lambdas.authoriser.models import PLATFORM, Issuer
from lambdas.authoriser.records import issuer_from
from platform_kit import jws
from platform_kit.jwk import BadKeySet, Keys, usable_keys
from platform_kit.jws import TokenRefused, UnverifiedToken

ALGORITHMS: Final = ("RS256", "ES256")
_UNSAID: Final = {"jwksUri": "", "boundTo": PLATFORM, "algorithms": ALGORITHMS, "status": "active"}

Jwks = Mapping[str, Any]
FindIssuer = Callable[[str], Issuer | None]
FindKey = Callable[[Issuer, str, str], Any]


def verify(
    token: str,
    jwks: Jwks,
    audience: str | Collection[str],
    issuers: Iterable[str | Mapping[str, Any] | Issuer],
    now: float,
) -> dict[str, Any]:
    """The claims of a valid token; TokenRefused, whose `reason` is one word of a fixed set, for everything else.

    `jwks` is a JWK Set (`{"keys": […]}`, RFC 7517), or a mapping from `iss` to that issuer's own set. `audience` is
    the one accepted `aud`, or several. `issuers` are the accepted `iss`, or issuers' records as the platform keeps them
    (`iss`, `algorithms`, `audiences`, `status`; what a record leaves out restricts nothing; its `audiences` only
    narrow). `now` is in epoch seconds.

    A valid token is a compact JWS of at most 8 KiB in canonical base64url, signed with RS256 (2048 to 8192 bits) or
    ES256 by a key of the set that permits it and carries the token's `kid`. Its header has `alg`, `kid`, `typ` (`JWT`
    or `at+jwt`) and at most a thumbprint besides. Its claims name an accepted `iss` and `aud`, a `sub` of visible
    ASCII, and `iat` and `exp` at most 24 hours apart, judged with 30 seconds of leeway; nothing marks it as another
    kind of token. What it says of tenants and roles is judged next, by `jwt_rules.principal_of`.
    """
    accepted = {issuer.iss: issuer for issuer in (_issuer(one, _texts(audience)) for one in issuers)}
    unverified = jws.parse(token)
    verify_parsed(unverified, accepted.get, lambda issuer, kid, alg: _keys_of(issuer, jwks).get((kid, alg)), now)
    return dict(unverified.claims)


def verify_parsed(token: UnverifiedToken, find_issuer: FindIssuer, find_key: FindKey, now: float) -> Issuer:
    """The issuer by whose record the token holds; TokenRefused when it does not, and what the finders raise.

    `find_key` gives the public key of an issuer for a `kid` and an algorithm, or None.
    """
    issuer = _trusted(jwt_rules.issuer_of(token), find_issuer)
    algorithm = jws.check_header(token.header, algorithms=issuer.algorithms, types=jwt_rules.TYPES)
    key = find_key(issuer, token.key_id, algorithm)
    if key is None:
        raise TokenRefused("unknown_kid")
    jws.verify_signature(token, key, algorithm)
    jwt_rules.check_claims(token.claims, issuer, now)
    return issuer


def _trusted(iss: str, find_issuer: FindIssuer) -> Issuer:
    issuer = find_issuer(iss)
    if issuer is None or not issuer.active or issuer.iss != iss:
        raise TokenRefused("unknown_issuer")
    return issuer


def _issuer(one: str | Mapping[str, Any] | Issuer, audiences: tuple[str, ...]) -> Issuer:
    if isinstance(one, Issuer):
        issuer = one
    else:
        record = {"iss": one} if isinstance(one, str) else one
        issuer = issuer_from({"audiences": audiences, **_UNSAID, **record}, "")
    return issuer._replace(audiences=tuple(name for name in issuer.audiences if name in audiences))


def _texts(value: str | Collection[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _keys_of(issuer: Issuer, jwks: Jwks) -> Keys:
    if not isinstance(jwks, Mapping):
        raise TokenRefused("bad_key_set")
    try:
        return usable_keys(jwks if isinstance(jwks.get("keys"), list) else jwks.get(issuer.iss))
    except BadKeySet:
        raise TokenRefused("bad_key_set") from None
