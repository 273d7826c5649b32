"""The pure domain: what may happen to a run, what it costs, what a tenant may spend. No clock, no network, no SDK."""
