"""IAM roles as callers: one spelling of a role's ARN, whichever way AWS names it.

STS names a session `arn:aws:sts::<account>:assumed-role/<role>/<session>`, without the role's path; IAM names the role
`arn:aws:iam::<account>:role/<path>/<role>`. A role's name is unique in its account whatever its path (AWS: IAM
identifiers), so the path is dropped from both.
"""

import hashlib
import re
from typing import Final

_NAME: Final = r"[A-Za-z0-9+=,.@_-]{1,64}"
_ROLE: Final = re.compile(
    rf"arn:(aws|aws-us-gov|aws-cn):iam::([0-9]{{12}}):role/(?:[A-Za-z0-9+=,.@_-]{{1,64}}/){{0,32}}({_NAME})"
)
_SESSION: Final = re.compile(
    rf"arn:(aws|aws-us-gov|aws-cn):sts::([0-9]{{12}}):assumed-role/({_NAME})/[A-Za-z0-9+=,.@_-]{{2,64}}"
)


def role_arn(arn: str) -> str | None:
    """A role's ARN without its path; None when this is the ARN of anything else."""
    return _normal(_ROLE.fullmatch(arn))


def role_of_session(arn: str) -> str | None:
    """The role, in the same spelling, of an assumed-role session's ARN; None for users, root and everybody else."""
    return _normal(_SESSION.fullmatch(arn))


def digest(role: str) -> str:
    """What a role's credential is found by: the SHA-256 of its ARN, in hex."""
    return hashlib.sha256(role.encode()).hexdigest()


def _normal(match: re.Match[str] | None) -> str | None:
    if match is None:
        return None
    partition, account, name = match.groups()
    return f"arn:{partition}:iam::{account}:role/{name}"
