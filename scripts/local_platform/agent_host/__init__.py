"""The local stand-in for AgentCore Runtime: real agent packages in real processes behind its API."""
