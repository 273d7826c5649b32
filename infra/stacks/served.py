"""How the functions behind the API are made, whichever stack they are in, and what they may do with workflows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from constructs import Construct

from infra import permissions
from infra.constructs.platform_function import FunctionPlatform, PlatformFunction
from infra.constructs.queue_with_dlq import DeadLetterQueue
from infra.functions import FunctionSpec


def pascal(name: str) -> str:
    """`ApiKeys` for `api_keys`: how constructs and outputs are named."""
    return "".join(part.capitalize() for part in name.split("_"))


Grant = Callable[[PlatformFunction], None]


@dataclass(frozen=True)
class Workflows:
    """Grants on the workflows that the environment of functions names."""

    environment: Mapping[str, str]

    @property
    def _runs(self) -> str:
        return self.environment["RUN_STATE_MACHINE_ARN"]

    def start_runs(self, function: PlatformFunction) -> None:
        """Start the run workflow, and stop one of its executions when its run is cancelled."""
        function.allow(permissions.allow(permissions.START_WORKFLOW, self._runs))
        self.stop_runs(function)

    def stop_runs(self, function: PlatformFunction) -> None:
        """Stop executions of the run workflow."""
        executions = self._runs.replace(":stateMachine:", ":execution:") + ":*"
        function.allow(permissions.allow(permissions.STOP_WORKFLOW, executions))

    def start_evaluations(self, function: PlatformFunction) -> None:
        """Start the evaluation workflow, and stop one of its executions when its evaluation is cancelled."""
        machine = self.environment["EVALUATION_STATE_MACHINE_ARN"]
        executions = machine.replace(":stateMachine:", ":execution:") + ":*"
        function.allow(
            permissions.allow(permissions.START_WORKFLOW, machine),
            permissions.allow(permissions.STOP_WORKFLOW, executions),
        )

    def start_lifecycles(self, function: PlatformFunction) -> None:
        """Start what makes, exports and deletes tenants."""
        machines = (self.environment[f"{name}_STATE_MACHINE_ARN"] for name in ("PROVISION", "LIFECYCLE"))
        function.allow(permissions.allow(permissions.START_WORKFLOW, *machines))

    def answer_runs(self, function: PlatformFunction) -> None:
        """A task token names its execution; the action is granted on the state machine."""
        function.allow(permissions.allow(permissions.ANSWER_WORKFLOW, self._runs))


@dataclass(frozen=True)
class Makes:
    """Makes functions with what all of them share."""

    shared: FunctionPlatform
    environment: Mapping[str, str]

    @property
    def workflows(self) -> Workflows:
        """Grants on workflows."""
        return Workflows(self.environment)

    def function(
        self, scope: Construct, spec: FunctionSpec, *grants: Grant, dead_letters: DeadLetterQueue | None = None
    ) -> PlatformFunction:
        """A function with its grants; `dead_letters` keeps what one that is invoked asynchronously could not do."""
        made = PlatformFunction(
            *(scope, pascal(spec.name)),
            shared=self.shared,
            spec=spec,
            environment=self.environment,
            dead_letters=dead_letters,
        )
        for grant in grants:
            grant(made)
        return made
