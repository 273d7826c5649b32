"""Deployment bundles of agents: what a pipeline without this repository builds images from."""
