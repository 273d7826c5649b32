"""Why seeding stopped."""

from __future__ import annotations


class SeedFailed(Exception):
    """A seed step did not do what it should; the message is what came back."""
