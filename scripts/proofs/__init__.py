"""The proofs, of security and of reliability: their families of tests, what they counted, and the pages that say so."""
