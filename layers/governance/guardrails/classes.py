"""What guardrails look for, and what may be done about it."""

from enum import StrEnum
from typing import Final


class DataClass(StrEnum):
    """A kind of text that is found."""

    PRIVATE_KEY = "private_key"
    AWS_KEY = "aws_key"
    AMBIT_KEY = "ambit_key"
    SERVICE_TOKEN = "service_token"  # noqa: S105 - a name, no token
    JWT = "jwt"
    ASSIGNED_SECRET = "assigned_secret"  # noqa: S105 - a name, no secret
    IBAN = "iban"
    CARD = "card"
    US_SSN = "us_ssn"
    EU_VAT = "eu_vat"
    NATIONAL_ID = "national_id"
    EMAIL = "email"
    PHONE = "phone"
    IP_ADDRESS = "ip_address"
    INJECTION = "injection"


class Action(StrEnum):
    """What is done with a finding, mildest first. `ALLOW` reports it and leaves the text as it is."""

    ALLOW = "allow"
    MASK = "mask"
    HASH = "hash"
    BLOCK = "block"


_C: Final = DataClass
SECRETS: Final = (_C.PRIVATE_KEY, _C.AWS_KEY, _C.AMBIT_KEY, _C.SERVICE_TOKEN, _C.JWT, _C.ASSIGNED_SECRET)
PII: Final = (_C.IBAN, _C.CARD, _C.US_SSN, _C.EU_VAT, _C.NATIONAL_ID, _C.EMAIL, _C.PHONE, _C.IP_ADDRESS)
SIGNALS: Final = (_C.INJECTION,)
