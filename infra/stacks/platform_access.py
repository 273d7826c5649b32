"""Who may do what: each function's grants, one function here for each of them, by subject in `access`."""

from dataclasses import dataclass

from infra.stacks.access.evaluations import EvaluationAccess
from infra.stacks.access.events import EventAccess
from infra.stacks.access.governance import GovernanceAccess
from infra.stacks.access.operators import OperatorAccess
from infra.stacks.access.runs import RunAccess
from infra.stacks.access.tenancy import TenancyAccess


@dataclass(frozen=True)
class Access(RunAccess, GovernanceAccess, EvaluationAccess, EventAccess, TenancyAccess, OperatorAccess):
    """The resources that grants name, and the grants."""
