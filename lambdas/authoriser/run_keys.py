"""The key of run tokens, as the authoriser uses it: a key that cannot be had is a dependency that is down."""

from typing import Any

from lambdas.authoriser.models import DependencyDown
from platform_kit import run_keys


class RunKey(run_keys.RunKey):
    """See `platform_kit.run_keys`."""

    def get(self, now: float) -> Any:
        """The public key; DependencyDown while it cannot be had. `now` in epoch seconds."""
        try:
            return super().get(now)
        except run_keys.RunKeyUnavailable as unavailable:
            raise DependencyDown(str(unavailable)) from unavailable
