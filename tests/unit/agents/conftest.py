"""Agents are packages of their own: their folders are import roots here."""

from tests import agent_imports

agent_imports.prepare()
