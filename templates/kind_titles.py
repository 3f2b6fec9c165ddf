"""The titles of the kinds of case, without their schema: for commands that must start quickly."""

from __future__ import annotations

import re
import tomllib
from importlib import resources


def kind_title(name: str) -> str:
    """The title of the kind of that name; empty where there is none."""
    if not re.fullmatch(r"[a-z0-9-]+", name):
        return ""
    file = resources.files("templates") / "kinds" / f"{name}.toml"
    return str(tomllib.loads(file.read_text(encoding="utf-8")).get("title", "")) if file.is_file() else ""
