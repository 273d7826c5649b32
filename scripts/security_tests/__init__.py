"""The security proof: its families of tests, what they counted, and the page that says so."""
