"""The numbers that this project holds itself to, measured in one run and written as ratios."""
