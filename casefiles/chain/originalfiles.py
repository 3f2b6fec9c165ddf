"""How an original's file is named: its SHA-256 and, where there is one, a dot and its suffix."""

from __future__ import annotations

import re

FILE_NAME = re.compile(r"([0-9a-f]{64})(?:\.([a-z0-9]{1,8}))?", re.ASCII)
