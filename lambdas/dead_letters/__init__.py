"""What could not be done and waits for a person: looked at, done again, or removed."""
