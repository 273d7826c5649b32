"""What a tenant's own record of a person does to the person's token: add roles, or close the door.

A person without any role of the tenant, by token or by record, is a guest: known, and able to accept an invite.
"""

from typing import Final

from lambdas.authoriser.models import Denied, Principal
from lambdas.authoriser.records import GRANTED, RememberedRecords
from platform_kit.access import Role
from platform_kit.errors import MemberDisabled

PERSON: Final = "jwt"


def joined(principal: Principal, records: RememberedRecords, now: float) -> Principal:
    """The principal with the roles of its membership; Denied when that is disabled, DependencyDown when unreadable.

    Anybody but a tenant's person stays as it is.
    """
    if principal.credential != PERSON or not principal.tenant_id:
        return principal
    member = records.member(principal.tenant_id, principal.principal_id, now)
    if member is not None and not member.active:
        raise Denied(principal.principal_id, MemberDisabled.code)
    roles = principal.roles | (member.roles if member else frozenset())
    return principal._replace(roles=roles if roles & GRANTED else roles | {Role.GUEST.value})
