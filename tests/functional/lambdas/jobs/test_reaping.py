"""Runs that nobody leads any more are brought back where they can be."""

from ambit_agent import Job

from tests.functional.long_runs import Plant, ProcessGone, stepwise, write_once
from tests.functional.run_platform import stored_run


def test_a_run_whose_workflow_is_gone_with_everything_else_is_brought_back(plant: Plant) -> None:
    """The whole platform is killed but for its tables: no execution, no token, no process of the agent."""
    run = plant.queue()

    def dies_with_the_platform(job: Job) -> list[str]:
        if job.invocation.attempt > 1:
            return stepwise(job)
        job.checkpoint([write_once(job, "part-0.txt")])
        plant.callbacks.waiting.clear()
        raise ProcessGone

    plant.work = dies_with_the_platform
    plant.step({"step": "start", "taskToken": "t-1", **{k: run[k] for k in ("tenantId", "runId", "jobId")}})
    plant.attempt(plant.runtime.calls[-1])
    plant._answered = 1
    assert plant.reap(run) == []
    assert stored_run("acme", run["runId"])["status"] == "succeeded"
    assert plant.files(run) == ["part-0.txt", "part-1.txt", "part-2.txt"]


def test_the_reaper_wakes_a_workflow_that_waits_for_a_silent_agent(plant: Plant) -> None:
    run = plant.queue()
    plant.callbacks.waiting["t-1"] = None
    plant.step({"step": "start", "taskToken": "t-1", **{k: run[k] for k in ("tenantId", "runId", "jobId")}})
    assert plant.reap(run) == []
    assert str(plant.callbacks.waiting["t-1"]) == "AgentLost"
    assert plant.step({"step": "reap", "tenantId": "acme"})["reaped"] == []  # it is given time to act
