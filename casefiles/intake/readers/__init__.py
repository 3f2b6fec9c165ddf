"""Readers: what can be known of one file of each kind, without drawing it; they run in caged children."""
