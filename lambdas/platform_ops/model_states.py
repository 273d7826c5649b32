"""The models that the platform knows, as operators see them: what they cost, and whether they are being asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from data_access_lib.repositories.circuits import CircuitRecords
from governance.model_prices import price_of
from lambdas.platform_ops.models import ModelReply, ModelsReply
from model_gateway.breaker import Circuit, State
from model_gateway.stored_circuits import circuit_of
from model_gateway.targets import ALIASES, TARGETS, Target
from platform_kit.clock import Clock, rfc3339


@dataclass(frozen=True)
class ModelStates:
    """`circuits` opens the register of those that ever failed."""

    circuits: Callable[[], CircuitRecords]
    clock: Clock

    def all(self) -> ModelsReply:
        """Every model with its circuit, and the names under which agents ask for them."""
        known = {str(record["name"]): circuit_of(record) for record in self.circuits().list()}
        now = self.clock.now().timestamp()
        models = [_told(target, known.get(name, Circuit()), now) for name, target in TARGETS.items()]
        return ModelsReply(models=models, aliases={alias: list(names) for alias, names in ALIASES.items()})


def _told(target: Target, circuit: Circuit, now: float) -> ModelReply:
    price, state = price_of(target.price), circuit.state(now)
    return ModelReply(
        name=target.name,
        price=price.key,
        input_pico=price.per_input_token,
        output_pico=price.per_output_token,
        circuit=state,
        failures=circuit.failures,
        openings=circuit.openings,
        open_until=rfc3339(datetime.fromtimestamp(circuit.until, UTC)) if state is State.OPEN else None,
    )
