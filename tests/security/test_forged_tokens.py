"""Tokens that must be no identity, each with its reason: a token refused for another reason tests nothing."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lambdas.authoriser.models import Unauthorized
from tests.authority import (
    GLOBEX_ISSUER,
    ISSUER,
    NOW,
    RUN_KEY_ID,
    Authority,
    b64,
    compact,
    ec_jwk,
    ec_key,
    es256,
    request,
    rs256,
    rsa_jwk,
    rsa_key,
)

Forge = Callable[[Authority], str]
HEADER = {"alg": "RS256", "typ": "at+jwt", "kid": "k1"}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
PEM = rsa_key("platform").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def unsigned(_message: bytes) -> bytes:
    return b""


def hs256(secret: bytes) -> Callable[[bytes], bytes]:
    return lambda message: hmac.new(secret, message, hashlib.sha256).digest()


def signed(header: Any, claims: Any = None) -> Forge:
    return lambda world: compact(header, world.claims() if claims is None else claims, rs256(rsa_key("platform")))


def says(**claims: Any) -> Forge:
    return lambda world: world.token(**claims)


def headed(**header: Any) -> Forge:
    return lambda world: world.token(header=header)


def headed_and_says(header: dict[str, Any], **claims: Any) -> Forge:
    return lambda world: world.token(header=header, **claims)


def raw_claims(world: Authority, extra: str) -> bytes:
    return (json.dumps(world.claims())[:-1] + extra + "}").encode()


def tampered(world: Authority) -> str:
    header, _, signature = world.token().split(".")
    return f"{header}.{b64(json.dumps(world.claims(sub='admin')).encode())}.{signature}"


def respelt(part: int) -> Forge:
    """The same bytes in another base64 spelling: an unused low bit of the segment's last character set."""

    def forge(world: Authority) -> str:
        for spaces in range(3):  # trailing white space, until the segment has unused bits
            header, claims = (json.dumps(value).encode() + b" " * spaces for value in (HEADER, world.claims()))
            parts = compact(header, claims, rs256(rsa_key("platform"))).split(".")
            if len(parts[part]) % 4:
                parts[part] = parts[part][:-1] + ALPHABET[ALPHABET.index(parts[part][-1]) | 1]
                return ".".join(parts)
        raise AssertionError("no segment with unused bits")

    return forge


def without_signature(algorithm: str) -> Forge:
    return lambda world: compact(HEADER | {"alg": algorithm}, world.claims(), unsigned)


ALGORITHMS: dict[str, tuple[Forge, str]] = {
    **{f"alg={alg!r} unsigned": (without_signature(alg), "malformed") for alg in ("none", "None", "NONE", "nOnE")},
    **{
        f"alg={alg!r} signed": (signed(HEADER | {"alg": alg}), "bad_algorithm")
        for alg in (
            "none",
            "None",
            "",
            None,
            1,
            True,
            ["RS256"],
            {"a": 1},
            "rs256",
            "RS256 ",
            "RS384",
            "PS256",
            "EdDSA",
        )
    },
    "no alg": (signed({"typ": "JWT", "kid": "k1"}), "bad_algorithm"),
    "HS256 with the public key in PEM": (
        lambda w: compact(HEADER | {"alg": "HS256"}, w.claims(), hs256(PEM)),
        "bad_algorithm",
    ),
    "HS256 with the modulus": (
        lambda w: compact(
            HEADER | {"alg": "HS256"}, w.claims(), hs256(rsa_jwk(rsa_key("platform"), "k1")["n"].encode())
        ),
        "bad_algorithm",
    ),
    "HS256 with an empty secret": (
        lambda w: compact(HEADER | {"alg": "HS256"}, w.claims(), hs256(b"")),
        "bad_algorithm",
    ),
    "ES256 where the issuer signs RS256": (
        lambda w: compact(HEADER | {"alg": "ES256"}, w.claims(), es256(ec_key("other"))),
        "bad_algorithm",
    ),
    "RS256 header over an HMAC": (lambda w: compact(HEADER, w.claims(), hs256(PEM)), "bad_signature"),
    "RS256 header over ES256": (lambda w: compact(HEADER, w.claims(), es256(ec_key("other"))), "bad_signature"),
    "another key": (lambda w: compact(HEADER, w.claims(), rs256(rsa_key("stranger"))), "bad_signature"),
    "another issuer's key": (lambda w: compact(HEADER, w.claims(), rs256(rsa_key("globex"))), "bad_signature"),
    "changed after signing": (tampered, "bad_signature"),
    "a zero signature": (lambda w: compact(HEADER, w.claims(), lambda _m: bytes(256)), "bad_signature"),
    "a short signature": (lambda w: compact(HEADER, w.claims(), lambda _m: b"x"), "bad_signature"),
}

HEADERS: dict[str, tuple[Forge, str]] = {
    "unknown kid": (headed(kid="k2"), "unknown_kid"),
    **{
        f"kid={kid!r:.40}": (headed(kid=kid), "bad_kid")
        for kid in (
            *("../../../../dev/null", "/etc/passwd", "k1' OR '1'='1", "k1\x00", "k1\n", "", "k" * 129, "ключ"),
            *(7, True, ["k1"], {"kid": "k1"}, "http://evil.test/k1", "k1;ls", "$(id)", "k1 "),
        )
    },
    "no kid": (headed(kid=None), "bad_kid"),
    "embedded jwk": (headed(jwk=rsa_jwk(rsa_key("stranger"), "k1")), "carried_key"),
    "embedded jwk, signed with it": (
        lambda w: compact(HEADER | {"jwk": rsa_jwk(rsa_key("stranger"), "k1")}, w.claims(), rs256(rsa_key("stranger"))),
        "carried_key",
    ),
    "jku": (headed(jku="https://evil.test/jwks"), "carried_key"),
    "x5u": (headed(x5u="https://evil.test/cert"), "carried_key"),
    "x5c": (headed(x5c=["MIIB"]), "carried_key"),
    "crit": (headed(crit=["exp"]), "critical_extension"),
    "empty crit": (headed(crit=[]), "critical_extension"),
    "b64=false": (headed(b64=False, crit=["b64"]), "critical_extension"),
    "b64=false without crit": (headed(b64=False), "unknown_header"),
    "a nested token": (headed(cty="JWT"), "unknown_header"),
    "compressed": (headed(zip="DEF"), "unknown_header"),
    "an unknown header": (headed(spam=1), "unknown_header"),
    **{
        f"typ={typ!r}": (headed(typ=typ), "bad_type")
        for typ in (None, "", "at+JWT", "jwt", "id+jwt", "secevent+jwt", "logout+jwt", "dpop+jwt", 1, ["JWT"])
    },
}

FORMS: dict[str, tuple[Forge, str]] = {
    "two segments": (lambda w: w.token().rpartition(".")[0], "malformed"),
    "an empty signature": (lambda w: w.token().rpartition(".")[0] + ".", "malformed"),
    "four segments": (lambda w: w.token() + ".e30", "malformed"),
    "five segments, as encrypted": (lambda w: w.token() + ".e30.e30", "malformed"),
    "padded": (lambda w: w.token() + "=", "malformed"),
    "standard alphabet": (lambda w: w.token().rpartition(".")[0] + ".+/+/", "malformed"),
    "loose bits in the payload": (respelt(1), "malformed"),
    "loose bits in the header": (respelt(0), "malformed"),
    "loose bits in the signature": (respelt(2), "malformed"),
    "an impossible length": (lambda w: w.token().rpartition(".")[0] + ".AAAAA", "malformed"),
    "a header that is a list": (signed([]), "malformed"),
    "a payload that is a string": (signed(HEADER, "admin"), "malformed"),
    "a payload that is no JSON": (signed(HEADER, b"{"), "malformed"),
    "a payload that is not UTF-8": (signed(HEADER, b'{"sub": "\xff"}'), "malformed"),
    "a payload in UTF-16": (signed(HEADER, json.dumps({"sub": "x"}).encode("utf-16")), "malformed"),
    "a payload with a byte order mark": (signed(HEADER, b"\xef\xbb\xbf{}"), "malformed"),
    "a duplicate claim": (
        lambda w: compact(HEADER, raw_claims(w, ', "tenantid": "globex"'), rs256(rsa_key("platform"))),
        "malformed",
    ),
    "a duplicate claim in escapes": (
        lambda w: compact(HEADER, raw_claims(w, ', "\\u0073ub": "admin"'), rs256(rsa_key("platform"))),
        "malformed",
    ),
    "a duplicate nested member": (
        lambda w: compact(HEADER, raw_claims(w, ', "x": {"a": 1, "a": 2}'), rs256(rsa_key("platform"))),
        "malformed",
    ),
    "a duplicate alg": (
        lambda w: compact(
            b'{"alg":"none","alg":"RS256","typ":"JWT","kid":"k1"}', w.claims(), rs256(rsa_key("platform"))
        ),
        "malformed",
    ),
    "NaN": (lambda w: compact(HEADER, raw_claims(w, ', "x": NaN'), rs256(rsa_key("platform"))), "malformed"),
    "nested very deeply": (lambda _w: f"{b64(b'[' * 2000)}.{b64(b'[' * 4000)}.AAAA", "malformed"),
    "a huge numeral": (
        lambda w: compact(HEADER, raw_claims(w, f', "x": {"9" * 5000}'), rs256(rsa_key("platform"))),
        "malformed",
    ),
    "over 8 KiB": (says(padding="x" * 8192), "too_large"),
    "megabytes": (lambda _w: "a" * 5_000_000, "too_large"),
}

LAPSES: tuple[Any, ...] = (str(NOW + 300), True, [NOW + 300], {}, -1, 2**53, 1e300)

TIMES: dict[str, tuple[Forge, str]] = {
    "expired": (says(iat=NOW - 600, exp=NOW - 31), "expired"),
    "expires this second, leeway used up": (says(iat=NOW - 600, exp=NOW - 30), "expired"),
    "not yet valid": (says(nbf=NOW + 31), "not_yet_valid"),
    "issued in the future": (says(iat=NOW + 31), "not_yet_valid"),
    "issued in the future, said to be valid already": (says(iat=NOW + 31, nbf=NOW), "not_yet_valid"),
    "no exp": (says(exp=None), "bad_times"),
    "no iat": (says(iat=None), "bad_times"),
    "a lifetime over a day": (says(exp=NOW + 86_401), "bad_lifetime"),
    "ends before it begins": (says(iat=NOW, exp=NOW - 1), "bad_lifetime"),
    **{f"exp={value!r:.20}": (says(exp=value), "bad_times") for value in LAPSES},
    "nbf as text": (says(nbf="0"), "bad_times"),
    "iat as text": (says(iat=str(NOW)), "bad_times"),
    "exp=1e999": (
        lambda w: compact(
            HEADER,
            json.dumps(w.claims()).replace(str(NOW + 300), "1e999").encode(),
            rs256(rsa_key("platform")),
        ),
        "bad_times",
    ),
}

AUDIENCES: tuple[Any, ...] = (
    *("other", "", "AMBIT-API", "ambit-api ", "ambit-api,other", "other ambit-api", "ambit-apiary", 1, True),
    *([], ["other"], [["ambit-api"]], ["ambit-api", 1], ["ambit-api", None], {"ambit-api": 1}, ["x"] * 17),
)

CLAIMS: dict[str, tuple[Forge, str]] = {
    **{f"aud={value!r:.40}": (says(aud=value), "bad_audience") for value in AUDIENCES},
    "no aud": (says(aud=None), "bad_audience"),
    "the run tokens' audience": (says(aud="ambit-gateway"), "bad_audience"),
    **{
        f"iss={value!r:.60}": (says(iss=value), reason)
        for value, reason in (
            ("https://evil.test", "unknown_issuer"),
            (ISSUER + "/", "unknown_issuer"),
            (ISSUER.upper().replace("HTTPS", "https"), "unknown_issuer"),
            (ISSUER.replace("https", "http"), "unknown_issuer"),
            (ISSUER.replace("https", "HTTPS"), "bad_issuer"),
            (ISSUER.replace("://", "://user@"), "unknown_issuer"),
            (ISSUER.replace("://", "://evil.test@"), "unknown_issuer"),
            (ISSUER.replace(".test", ".test:443"), "unknown_issuer"),
            (ISSUER.replace(".test", ".test."), "unknown_issuer"),
            (ISSUER.replace(".test", ".test.evil.test"), "unknown_issuer"),
            (ISSUER.replace("/oidc", "//oidc"), "unknown_issuer"),
            (ISSUER.replace("/oidc", "/x/../oidc"), "unknown_issuer"),
            (ISSUER.replace("/oidc", "/%6fidc"), "unknown_issuer"),
            (ISSUER.removesuffix("c"), "unknown_issuer"),
            (ISSUER + "c", "unknown_issuer"),
            (ISSUER + "/.well-known/openid-configuration", "unknown_issuer"),
            (ISSUER + "#", "unknown_issuer"),
            (ISSUER + "?x", "unknown_issuer"),
            (ISSUER.replace("example", "exаmple"), "bad_issuer"),  # noqa: RUF001 - the Cyrillic letter is the attack
            (" " + ISSUER, "bad_issuer"),
            (ISSUER + "\n", "bad_issuer"),
            (ISSUER + "\x00", "bad_issuer"),
            ("https://" + "x" * 600, "bad_issuer"),
            ("\ud800", "bad_issuer"),
            ("file:///etc/passwd", "bad_issuer"),
            ("ambit-run", "bad_issuer"),
            ("", "bad_issuer"),
            (None, "bad_issuer"),
            ([ISSUER], "bad_issuer"),
            ({"iss": ISSUER}, "bad_issuer"),
            (1, "bad_issuer"),
            (GLOBEX_ISSUER, "unknown_kid"),
        )
    },
    **{
        f"sub={value!r:.30}": (says(sub=value), "bad_subject")
        for value in (None, "", 7, True, ["x"], "a b", "a\nb", "a\x00b", "é", "x" * 256, "\ud800")
    },
}

PURPOSES: dict[str, tuple[Forge, str]] = {
    **{
        f"an ID token, by its {name}": (says(**{name: "n-0S6_WzA2Mj"}), "not_access_token")
        for name in ("nonce", "at_hash", "c_hash", "s_hash")
    },
    "an ID token, by its nonce and audience": (
        says(aud=["ambit-api", "spa"], nonce="x", azp="spa"),
        "not_access_token",
    ),
    "an ID token of an empty nonce": (says(nonce=""), "not_access_token"),
    "a logout token": (
        says(events={"http://schemas.openid.net/event/backchannel-logout": {}}, sid="x"),
        "not_access_token",
    ),
    **{
        f"a token said to be for {use!r}": (says(token_use=use), "not_access_token")
        for use in ("id", "refresh", "ID", "Access", "", ["access"], 1)
    },
    **{
        f"a token typed {typ!r} in its claims": (says(typ=typ), "not_access_token")
        for typ in ("ID", "Refresh", "Offline", "Logout", "bearer", "", ["Bearer"], 1)
    },
    "a token bound to a certificate": (
        says(cnf={"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}),
        "bound_token",
    ),
    "a token bound to a key": (says(cnf={"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}), "bound_token"),
    "a token bound to nothing": (says(cnf={}), "bound_token"),
    "an ID token under an access token's typ": (headed_and_says({"typ": "at+jwt"}, nonce="x"), "not_access_token"),
}

TENANCY: dict[str, tuple[Forge, str]] = {
    "no tenant, tenant role": (says(tenantid=None), "no_tenant"),
    "no tenant, no role": (says(tenantid=None, roles=[]), "no_tenant"),
    "no tenant, unknown role": (says(tenantid=None, roles=["Admin"]), "no_tenant"),
    "no tenant, unknown platform role": (says(tenantid=None, roles=["Platform.God"]), "no_tenant"),
    "no tenant, both kinds of role": (says(tenantid=None, roles=["Tenant.Admin", "Platform.Operator"]), "no_tenant"),
    "tenant and platform role": (says(roles=["Platform.Operator"]), "platform_role"),
    "tenant and both kinds of role": (says(roles=["Tenant.Viewer", "Platform.Admin"]), "platform_role"),
    "tenant and unknown platform role": (says(roles=["Tenant.Viewer", "Platform.God"]), "platform_role"),
    **{
        f"tenantid={value!r:.30}": (says(tenantid=value, roles=["Platform.Operator"]), "bad_tenant")
        for value in (
            *(
                "",
                "platform",
                "ACME",
                "acme ",
                " acme",
                "acme\n",
                "a",
                "ac",
                "-acme",
                "acme-",
                "ac--me",
                "acme#",
                "acme/x",
            ),
            *("*", "acme*", "../acme", "x" * 33, 1, True, [], ["acme"], {"id": "acme"}, "аcme", False, 0),  # noqa: RUF001
        )
    },
    "tenantid=null": (
        lambda w: compact(
            HEADER, w.claims(roles=["Platform.Operator"]) | {"tenantid": None}, rs256(rsa_key("platform"))
        ),
        "bad_tenant",
    ),
    **{
        f"roles={value!r:.40}": (says(roles=value), "bad_roles")
        for value in (
            "Tenant.Admin",
            "Tenant.Admin Tenant.Viewer",
            {"Tenant.Admin": 1},
            [1],
            [["Tenant.Admin"]],
            1,
            ["x"] * 65,
        )
    },
    "a tenant's issuer asserts another tenant": (lambda w: w.globex_token(tenantid="acme"), "foreign_tenant"),
    "a tenant's issuer asserts the platform": (lambda w: w.globex_token(tenantid="platform"), "bad_tenant"),
    "a tenant's issuer asserts no valid tenant": (lambda w: w.globex_token(tenantid=""), "bad_tenant"),
    "a tenant's issuer asserts an operator": (lambda w: w.globex_token(roles=["Platform.Operator"]), "platform_role"),
    "a tenant's issuer asserts both": (
        lambda w: w.globex_token(roles=["Tenant.Viewer", "Platform.Operator"]),
        "platform_role",
    ),
}


def forged_run(**changes: Any) -> Forge:
    header = {"alg": "ES256", "typ": "ambit-run+jwt", "kid": RUN_KEY_ID} | changes.pop("header", {})
    claims: dict[str, Any] = {
        "iss": "ambit-run",
        "aud": "ambit-gateway",
        "sub": "run:run_1",
        "tenant": "acme",
        "run": "run_1",
        "agent": "echo-agent",
        "version": "ver_1",
        "session": "ses_1",
        "mode": "sync",
        "principal": "usr:x:y",
        "iat": NOW,
        "nbf": NOW,
        "exp": NOW + 300,
        "jti": "1",
    } | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    return lambda _world: compact(header, kept, es256(ec_key("run")))


RUNS: dict[str, tuple[Forge, str]] = {
    "another key": (lambda w: w.run_token(key="stranger"), "bad_signature"),
    "another key id": (lambda w: w.run_token(kid="other"), "unknown_kid"),
    "signed by an identity provider": (
        lambda w: compact(
            {"alg": "RS256", "typ": "ambit-run+jwt", "kid": RUN_KEY_ID}, w.claims(), rs256(rsa_key("platform"))
        ),
        "bad_algorithm",
    ),
    "a person's claims under a run token's type": (headed(typ="ambit-run+jwt"), "unknown_kid"),
    "a run token under a person's type": (forged_run(header={"typ": "JWT"}), "bad_issuer"),
    "a person's issuer": (forged_run(iss=ISSUER), "bad_issuer"),
    "a person's audience": (forged_run(aud="ambit-api"), "bad_audience"),
    "a list of audiences": (forged_run(aud=["ambit-gateway"]), "bad_audience"),
    "expired": (forged_run(iat=NOW - 305, nbf=NOW - 305, exp=NOW - 5), "expired"),
    "a long life": (forged_run(exp=NOW + 301), "bad_lifetime"),
    "not yet valid": (forged_run(nbf=NOW + 6), "not_yet_valid"),
    "no exp": (forged_run(exp=None), "bad_times"),
    "exp as a fraction": (forged_run(exp=NOW + 0.5), "bad_times"),
    "exp as true": (forged_run(exp=True), "bad_times"),
    "no tenant": (forged_run(tenant=None), "bad_binding"),
    "no run": (forged_run(run=None), "bad_binding"),
    "an empty session": (forged_run(session=""), "bad_binding"),
    "a number for an agent": (forged_run(agent=1), "bad_binding"),
    "another run's subject": (forged_run(sub="run:run_2"), "bad_binding"),
    "the platform as its tenant": (forged_run(tenant="platform"), "bad_tenant"),
    "no tenant id": (forged_run(tenant="acme#"), "bad_tenant"),
    "a key in its header": (forged_run(header={"jwk": ec_jwk(ec_key("run"), "x")}), "carried_key"),
    "crit": (forged_run(header={"crit": ["x"]}), "critical_extension"),
}

CORPUS = {
    f"{kind}: {name}": case
    for kind, cases in (
        *(("algorithm", ALGORITHMS), ("header", HEADERS), ("form", FORMS), ("time", TIMES)),
        *(("claim", CLAIMS), ("purpose", PURPOSES), ("tenancy", TENANCY), ("run token", RUNS)),
    )
    for name, case in cases.items()
}


@pytest.mark.family("jwt-claims")
@pytest.mark.parametrize(("forge", "reason"), CORPUS.values(), ids=CORPUS.keys())
def test_a_forged_token_is_no_identity(forge: Forge, reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    world = Authority()
    token = forge(world)
    with pytest.raises(Unauthorized, match=r"^Unauthorized$"):
        world.authoriser().authorise(request(f"Bearer {token}"))
    line = json.loads(capsys.readouterr().out)
    assert line["reason"] == reason or (line["reason"] == "malformed_header" and reason == "malformed")
    assert line["AuthRefused"] == 1


@pytest.mark.parametrize(("forge", "reason"), CORPUS.values(), ids=CORPUS.keys())
def test_nothing_of_a_forged_token_is_logged(forge: Forge, reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    world = Authority()
    token = forge(world)
    with pytest.raises(Unauthorized):
        world.authoriser().authorise(request(f"Bearer {token}"))
    out = capsys.readouterr()
    assert not [part for part in token.split(".") if len(part) > 8 and part in out.out + out.err]
    assert "user-1" not in out.out + out.err


def test_a_refused_token_is_refused_again() -> None:
    world = Authority()
    authoriser = world.authoriser()
    for _ in range(3):
        with pytest.raises(Unauthorized):
            authoriser.authorise(request(f"Bearer {world.token(aud='other')}"))


@pytest.mark.parametrize("typ", ["JWT", "at+jwt"])
def test_the_tokens_that_the_forgeries_are_made_from_are_accepted(typ: str) -> None:
    world = Authority()
    authoriser = world.authoriser()
    for token in (world.token(header={"typ": typ}), world.globex_token(), world.run_token(), forged_run()(world)):
        assert authoriser.authorise(request(f"Bearer {token}"))["policyDocument"]["Statement"][0]["Effect"] == "Allow"


def test_what_is_accepted_here_pyjwt_accepts_too() -> None:
    token = Authority().token()
    options: Any = {"verify_exp": False, "verify_iat": False}
    assert jwt.decode(token, PEM.decode(), algorithms=["RS256"], audience="ambit-api", issuer=ISSUER, options=options)


@pytest.mark.family("jws")
@pytest.mark.parametrize("index", range(0, 1200, 7))
def test_no_single_changed_character_survives(index: int) -> None:
    world = Authority()
    token = world.token()
    place = index % len(token)
    changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
    with pytest.raises(Unauthorized):
        world.authoriser().authorise(request(f"Bearer {changed}"))
