"""The REQUEST authoriser: from a credential to a policy, or to nothing (DESIGN: the road of a call, 1)."""
