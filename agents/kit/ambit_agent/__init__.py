"""What an agent is written with: the app, the invocation, the gateway client, the event helpers."""

from ambit_agent.app import AgentApp
from ambit_agent.events import delta, finding, output
from ambit_agent.files import FileReader
from ambit_agent.gateway import ApprovalRefusedError, CallMadeBeforeError, Gateway, GatewayError, RunEndedError
from ambit_agent.invocation import FileReference, Invocation, InvocationError, PriorCall, Resumed
from ambit_agent.job import Cancelled, Job, Retry

__all__ = [
    "AgentApp",
    "ApprovalRefusedError",
    "CallMadeBeforeError",
    "Cancelled",
    "FileReader",
    "FileReference",
    "Gateway",
    "GatewayError",
    "Invocation",
    "InvocationError",
    "Job",
    "PriorCall",
    "Resumed",
    "Retry",
    "RunEndedError",
    "delta",
    "finding",
    "output",
]
