"""Files found inside a file: written to the scratch folder under our own names, within limits."""

from __future__ import annotations

from collections.abc import Iterable

from casefiles.files.scratch import new_scratch_file, remove_scratch_file
from casefiles.findings import Finding, Severity
from casefiles.intake.facts import ChildFile, Reading
from casefiles.intake.limits import size_in_words

MAX_NAME_BYTES = 1024


class ChildWriter:
    """Takes the files out of one container, and says where a limit stopped it."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._limits = reading.limits
        self._written_bytes = 0
        self._refused: dict[str, int] = {}
        self.children: list[ChildFile] = []

    @property
    def may_open(self) -> bool:
        """False where the container itself lies too deep: what it contains stays where it is."""
        return self._reading.depth < self._limits.child_depth

    def add(self, name: bytes, pieces: Iterable[bytes]) -> bool:
        """Write one child; False where a limit refused it (`findings` will say so).

        Raises:
            OSError: the scratch folder cannot be written.
            Exception: what `pieces` raises; nothing of the child is kept then.
        """
        if not self.may_open:
            return self._refuse("deep")
        if len(self.children) >= self._limits.child_count:
            return self._refuse("many")
        path = self._reading.scratch / f"child-{len(self.children) + 1:04d}"
        size = 0
        done = False
        try:
            with new_scratch_file(path) as out:
                for piece in pieces:
                    size += len(piece)
                    if self._written_bytes + size > self._limits.child_bytes:
                        return self._refuse("large")
                    out.write(piece)
            done = True
        finally:
            if not done:
                remove_scratch_file(path)
        self._written_bytes += size
        number = len(self.children) + 1
        self.children.append(ChildFile(name[:MAX_NAME_BYTES] or b"attachment-%d.bin" % number, path))
        return True

    def findings(self) -> tuple[Finding, ...]:
        """What was not taken out, and by which limit."""
        limits = self._limits
        why = {
            "deep": f"they lie more than {limits.child_depth} files deep",
            "many": f"casebinder takes out {limits.child_count} from one file",
            "large": f"casebinder takes out {size_in_words(limits.child_bytes)} from one file",
        }
        return tuple(
            self._reading.finding(
                f"children-too-{key}",
                Severity.ERROR,
                f"{count} of the files inside were not taken out: {why[key]}",
                "Take them out by hand and file each one that matters",
            )
            for key, count in sorted(self._refused.items())
        )

    def _refuse(self, key: str) -> bool:
        self._refused[key] = self._refused.get(key, 0) + 1
        return False
