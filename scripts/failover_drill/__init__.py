"""The drill of the runtime's failover: a region is taken away in the middle of traffic, and given back."""
