"""Credentials of a tenant's machines: API keys, and AWS roles that may call."""
