"""Torture: real commands, with the file system failing under them and the processes killed."""
