from __future__ import annotations


class AnalystError(Exception):
    """The file cannot be analysed; the message tells the caller why and what would help."""
