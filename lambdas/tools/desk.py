"""What one operator works with; each access of its tables is audited."""

from dataclasses import dataclass

from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.tool_packs import PackPublishers, ToolPacks
from data_access_lib.repositories.tools import Tools


@dataclass(frozen=True)
class Desk:
    """The register of tools, packs and those who publish them, answers to repeat, and the audit chain."""

    tools: Tools
    packs: ToolPacks
    publishers: PackPublishers
    answers: Idempotency
    audit: AuditLog
