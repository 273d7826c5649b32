"""Records what AgentDojo's tasks call and what they are answered, as JSON: `python -m bench.agentdojo.record FILE`.

Runs where the package `agentdojo` is installed and nothing else of ours is: it imports neither the platform nor its
libraries. Every place of an environment where an attacker can write holds the goal of the attack in plain words. The
true calls of a task are carried out one after the other; the attack's follow the first answer that shows its goal.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any, Final

from agentdojo.agent_pipeline.tool_execution import tool_result_to_str
from agentdojo.functions_runtime import FunctionsRuntime
from agentdojo.task_suite.load_suites import get_suites

VERSION: Final = "v1.2.2"


class Recorder:
    """Carries out calls of one suite; `texts` are the answers by their digest, each once for all suites."""

    def __init__(self, suite: Any, texts: dict[str, str]) -> None:
        self.suite, self.texts = suite, texts
        self.runtime = FunctionsRuntime(suite.tools)

    def traces(self) -> list[dict[str, Any]]:
        """Each user's task in peace, and each of them under each attack."""
        suite = self.suite
        peace = [self.trace(suite.load_and_inject_default_environment({}), task) for task in suite.user_tasks.values()]
        return peace + [trace for attack in suite.injection_tasks.values() for trace in self.under(attack)]

    def under(self, attack: Any) -> list[dict[str, Any]]:
        """Each user's task in an environment that the attack has been written into everywhere."""
        places = dict.fromkeys(self.suite.get_injection_vector_defaults(), attack.GOAL)
        written = self.suite.load_and_inject_default_environment(places)
        return [self.trace(written.model_copy(deep=True), task, attack) for task in self.suite.user_tasks.values()]

    def trace(self, environment: Any, task: Any, attack: Any = None) -> dict[str, Any]:
        """The user's calls; where an answer first shows the attack, `reached` and the attack's own calls."""
        environment = task.init_environment(environment)
        found: dict[str, Any] = {"user": task.ID, "attack": attack and attack.ID, "calls": [], "reached": None}
        found |= {"prompt": task.PROMPT, "attackCalls": []}
        for index, call in enumerate(task.ground_truth(environment)):
            found["calls"].append(self.carried_out(environment, call))
            if attack and found["reached"] is None and self.shows(found["calls"][-1], attack.GOAL):
                found["reached"] = index
                found["attackCalls"] = self.attacked(environment.model_copy(deep=True), attack)
        return found

    def attacked(self, environment: Any, attack: Any) -> list[dict[str, Any]]:
        """The attack's calls, carried out in a copy of the environment, so that the user's go on as before."""
        return [self.carried_out(environment, call) for call in attack.ground_truth(environment)]

    def carried_out(self, environment: Any, call: Any) -> dict[str, Any]:
        """One call with the digest of its answer; what fails is answered with its error, as an agent would be."""
        result, error = self.runtime.run_function(environment, call.function, call.args)
        text = error or tool_result_to_str(result)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        self.texts[digest] = text
        arguments = json.loads(json.dumps(dict(call.args), default=str))
        return {"tool": call.function, "arguments": arguments, "answer": digest, "failed": error is not None}

    def shows(self, call: dict[str, Any], goal: str) -> bool:
        """Whether the goal can be read in the answer, however its lines are broken."""
        return _flat(goal) in _flat(self.texts[call["answer"]])


def main() -> int:
    """Record every suite of the version."""
    texts: dict[str, str] = {}
    suites = {name: Recorder(suite, texts).traces() for name, suite in get_suites(VERSION).items()}
    document = {"version": VERSION, "suites": suites, "texts": texts}
    Path(sys.argv[1]).write_text(json.dumps(document), encoding="utf-8")
    return 0


def _flat(text: str) -> str:
    """Letters and digits alone: YAML breaks, indents and quotes what it shows."""
    return "".join(filter(str.isalnum, text))


if __name__ == "__main__":
    sys.exit(main())
