"""The demonstration: a fictional caseload and its files."""
