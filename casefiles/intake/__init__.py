"""Intake: what was dropped, what it is, what can be read of it, what it contains."""
