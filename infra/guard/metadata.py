"""Where a template keeps the reasons of its suppressions."""

from typing import Final

REASONS: Final = "ambitSuppressions"
