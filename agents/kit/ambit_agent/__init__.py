"""What an agent is written with: the app, the invocation, the gateway client, the event helpers."""

from ambit_agent.app import AgentApp
from ambit_agent.events import delta, finding, output
from ambit_agent.files import FileReader
from ambit_agent.gateway import ApprovalRefusedError, Gateway, GatewayError, RunEndedError
from ambit_agent.invocation import FileReference, Invocation, InvocationError
from ambit_agent.job import Cancelled, Job

__all__ = [
    "AgentApp",
    "ApprovalRefusedError",
    "Cancelled",
    "FileReader",
    "FileReference",
    "Gateway",
    "GatewayError",
    "Invocation",
    "InvocationError",
    "Job",
    "RunEndedError",
    "delta",
    "finding",
    "output",
]
