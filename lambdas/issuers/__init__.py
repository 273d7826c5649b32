"""Whom the platform believes when it says who somebody is: the register of token issuers."""
