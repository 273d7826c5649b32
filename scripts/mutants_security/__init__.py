"""Breaks the code on purpose, one way at a time and in a copy, and shows that the suite goes red each time."""
