"""Which packages are the reference agents', for machines that can put no agent into a sandbox."""

from __future__ import annotations

import hashlib
from functools import cache

from infra.bundling.agents import reference_agents
from infra.bundling.bundler import Bundler
from infra.config import settings_for


@cache
def reference_digests() -> frozenset[str]:
    """SHA-256 of the packages made from this checkout's reference agents; a name alone proves nothing.

    Made from the sources at hand, as a push makes them: an agent that took one's name has another digest.
    """
    bundler = Bundler(settings_for("local").target)
    packages = (bundler.agent(agent) for agent in reference_agents())
    return frozenset(hashlib.sha256(path.read_bytes()).hexdigest() for path in packages)
