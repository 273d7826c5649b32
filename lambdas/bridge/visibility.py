"""Which agents and runs are a caller's business: a machine's may be some agents and domains, in one environment."""

from collections.abc import Callable

from data_access_lib.repositories.pages import IdPage
from platform_kit.domains import GENERAL, domain_of
from platform_kit.errors import NotFound
from platform_kit.identity import Identity
from run_lifecycle.outcome import Run


def check_agent(who: Identity, agent: str, find_domain: Callable[[str], str]) -> None:
    """NotFound for an agent that the caller's credential is not for.

    `find_domain` looks an agent's domain up (NotFound: no such agent), and is asked for callers with domains alone.
    """
    if not who.may_use(agent, find_domain(agent) if who.domains else GENERAL):
        raise NotFound("There is no such agent.")


def seen(run: Run, who: Identity) -> Run:
    """The run, when it is the caller's business; NotFound otherwise."""
    if not _sees(who, run):
        raise NotFound("There is no such run.")
    return run


def only_seen(page: IdPage, who: Identity) -> IdPage:
    """The runs of a page that are the caller's business: it may be short and not the last."""
    return IdPage([run for run in page.items if _sees(who, run)], page.next_id)


def _sees(who: Identity, run: Run) -> bool:
    return who.sees(run["agent"], run["environment"], domain_of(run))
