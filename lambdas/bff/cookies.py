"""The two cookies: the session, and the sign-in that is under way (RFC 6265bis for names and attributes)."""

import base64
import binascii
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Final

from lambdas.bff.models import LOGIN_SECONDS, LoginTransaction
from lambdas.bff.sealing import CannotUnseal, Sealer

_LOGIN_PLACE: Final = "login-cookie"


@dataclass(frozen=True)
class Cookies:
    """Names and attributes. `secure` is off on plain-http loopback only, and with it the `__Host-` prefix."""

    secure: bool
    sealer: Sealer

    @property
    def session_name(self) -> str:
        """The session cookie's name."""
        return self._name("ambit")

    @property
    def login_name(self) -> str:
        """The sign-in cookie's name."""
        return self._name("ambit-login")

    def set_session(self, secret: str) -> str:
        """Strict: no other site's link or form ever sends it. It ends with the browser, or on the server."""
        return self._render(self.session_name, secret, "Strict")

    def clear_session(self) -> str:
        """Remove the session cookie."""
        return self._render(self.session_name, "", "Strict", max_age=0)

    def set_login(self, transaction: LoginTransaction) -> str:
        """Lax, since the way back from the provider may be a cross-site navigation, which Strict does not survive."""
        sealed = self.sealer.seal(transaction.model_dump_json().encode(), _LOGIN_PLACE)
        value = base64.urlsafe_b64encode(sealed).decode().rstrip("=")
        return self._render(self.login_name, value, "Lax", max_age=LOGIN_SECONDS)

    def clear_login(self) -> str:
        """Remove the sign-in cookie: it serves once."""
        return self._render(self.login_name, "", "Lax", max_age=0)

    def read_session(self, header: str | None) -> str | None:
        """The session secret in a `Cookie` header, or None."""
        return _value(header, self.session_name)

    def read_login(self, header: str | None) -> LoginTransaction | None:
        """The sign-in under way, or None when there is none or it was not sealed here."""
        value = _value(header, self.login_name)
        if value is None:
            return None
        try:
            sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            return LoginTransaction.model_validate_json(self.sealer.unseal(sealed, _LOGIN_PLACE))
        except (CannotUnseal, binascii.Error, ValueError):
            return None

    def _name(self, base: str) -> str:
        return f"__Host-{base}" if self.secure else base

    def _render(self, name: str, value: str, same_site: str, *, max_age: int | None = None) -> str:
        parts = [f"{name}={value}", "Path=/", "HttpOnly", f"SameSite={same_site}"]
        parts += ["Secure"] if self.secure else []
        parts += [f"Max-Age={max_age}"] if max_age is not None else []
        return "; ".join(parts)


def _value(header: str | None, name: str) -> str | None:
    try:
        morsel = SimpleCookie(header or "").get(name)
    except CookieError:
        return None
    return morsel.value or None if morsel else None
