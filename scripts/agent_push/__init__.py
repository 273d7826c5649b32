"""`agent-push`: takes an agent from its folder to approved and answering, in one command."""
