"""Which file system a folder is on, and whether other machines or a cloud service stand behind it.

Source: proc_pid_mountinfo(5) for the form of /proc/self/mountinfo.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MOUNTINFO = Path("/proc/self/mountinfo")

_NETWORK = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs", "gfs2", "glusterfs", "lustre", "ncpfs"}
    | {"nfs", "nfs4", "ocfs2", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs"}
)
_NETWORK_PROGRAMS = frozenset(
    {"davfs", "davfs2", "glusterfs", "gvfsd-fuse", "s3fs", "smbnetfs", "sshfs", "vmhgfs-fuse"}
)
_CLOUD_PROGRAMS = frozenset(
    {"gcsfuse", "geesefs", "goofys", "google-drive-ocamlfuse", "insync", "mount-s3", "onedrive", "onedriver"}
    | {"dropbox", "expandrive", "pcloud", "pcloudfs", "rclone", "seadrive"}
)


@dataclass(frozen=True)
class Mount:
    """A mounted file system: where, of what kind, from where, and whether it may be written."""

    point: str
    kind: str
    source: str
    read_only: bool

    @property
    def _program(self) -> str:
        """The program behind a FUSE mount, as far as it says so."""
        return self.kind.removeprefix("fuse.") if self.kind.startswith("fuse.") else ""

    @property
    def cloud(self) -> bool:
        """Does a cloud service stand behind it, so that bytes may not be here until they are read?"""
        return self._program in _CLOUD_PROGRAMS or self.source.split(":")[0].casefold() in {
            "onedrive",
            "onedriver",
            "gdrive",
            "sharepoint",
        }

    @property
    def network(self) -> bool:
        """Do other machines see the same files?"""
        web = re.match(r"(?:https?|davs?|sftp|smb)://", self.source) is not None
        return self.cloud or self.kind in _NETWORK or self._program in _NETWORK_PROGRAMS or web

    @property
    def by_a_program(self) -> bool:
        """Is it kept by some program (FUSE) of which we know no more?"""
        return (self.kind == "fuse" or self._program != "") and not self.network


def mount_of(path: Path, mountinfo: str) -> Mount | None:
    """The mount that an absolute path without links is on, by the text of /proc/self/mountinfo; None if unknown."""
    found: Mount | None = None
    for line in mountinfo.splitlines():
        mount = _parse(line)
        if mount is None or not PurePosixPath(path).is_relative_to(mount.point):
            continue
        if found is None or len(mount.point) >= len(found.point):  # of several on one point the last counts
            found = mount
    return found


def read_mounts() -> str:
    """The text of /proc/self/mountinfo; empty where this system has none."""
    try:
        return MOUNTINFO.read_bytes().decode("utf-8", "surrogateescape")
    except OSError:
        return ""


def _parse(line: str) -> Mount | None:
    before, dash, after = line.partition(" - ")
    fields, rest = before.split(" "), after.split(" ")
    if not dash or len(fields) < 6 or len(rest) < 3:
        return None
    options = {*fields[5].split(","), *rest[2].split(",")}
    return Mount(_plain(fields[4]), _plain(rest[0]), _plain(rest[1]), "ro" in options)


def _plain(field: str) -> str:
    r"""A field with its spaces, tabs, line breaks and backslashes, which stand as `\040` and so on."""
    raw = field.encode("utf-8", "surrogateescape")
    plain = re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8) & 0xFF]), raw)
    return plain.decode("utf-8", "surrogateescape")
