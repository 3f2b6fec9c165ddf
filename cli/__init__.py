"""The `casebinder` command: parse, call one use case, print."""

__version__ = "0.1.0"
