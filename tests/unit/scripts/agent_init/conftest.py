"""Templates import the kit, which is a package of its own: its folder is an import root here."""

from tests import agent_imports

agent_imports.prepare()
