"""Kinds of case, as data: one TOML file a kind in this folder."""
