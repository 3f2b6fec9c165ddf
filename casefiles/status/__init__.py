"""What a case and a workspace hold, as the status pages show it."""
