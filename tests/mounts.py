"""Real mounts for tests, each in a mount namespace of its own: nothing else sees them, and they go with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SECONDS = 120


@dataclass
class Ran:
    """How a process ended, and what it said."""

    code: int
    out: str
    err: str


class Mounts:
    """A process that holds the namespace, and ways to run others inside it."""

    def __init__(self, folder: Path, holder: subprocess.Popen[bytes], options: tuple[str, ...]) -> None:
        self.folder = folder
        self._holder = holder
        self._options = options

    def sh(self, script: str, *, check: bool = True) -> Ran:
        """Run a shell script inside."""
        ran = self._run(["sh", "-ec", script], {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"})
        if check and ran.code:
            raise CannotMount(f"{script}: {ran.err.strip()}")
        return ran

    def casebinder(self, share: Path, state: Path, *words: str) -> Ran:
        """Run one command of casebinder inside, as a process of its own."""
        command = [
            sys.executable,
            "-c",
            "from cli.main import main; main()",
            "--workspace",
            str(share),
            *words,
        ]
        environment = {"PATH": os.environ["PATH"], "CASEBINDER_STATE": str(state), "HOME": str(self.folder)}
        environment["PYTHONPATH"] = str(Path(__file__).parents[1])
        return self._run(command, environment)

    def background(self, script: str) -> None:
        """Start a daemon inside; it ends with the namespace's holder."""
        subprocess.Popen(
            [*self._enter(), "setpriv", "--pdeathsig", "KILL", "sh", "-c", script],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def _enter(self) -> list[str]:
        return ["nsenter", f"--target={self._holder.pid}", *self._options]

    def _run(self, command: list[str], environment: dict[str, str]) -> Ran:
        done = subprocess.run(
            [*self._enter(), *command], env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)


class CannotMount(Exception):
    """This machine does not let us, or lacks what it takes."""


@contextmanager
def mounts(folder: Path, *, network: bool = False) -> Iterator[Mounts]:
    """A private mount namespace: as root, else in a user namespace; with `network`, one of those as well.

    Raises:
        CannotMount: the machine allows neither.
    """
    own = ["--mount", *(["--net"] if network else [])]
    for options, entering in (
        (own, tuple(own)),
        (["--user", "--map-root-user", *own], ("--user", "--preserve-credentials", *own)),
    ):
        command = [
            "unshare",
            *options,
            "--propagation=private",
            "sh",
            "-c",
            "echo ready; exec sleep infinity",
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as holder:
            try:
                if holder.stdout is not None and holder.stdout.readline() == b"ready\n":
                    yield Mounts(folder, holder, entering)
                    return
            finally:
                holder.kill()
    raise CannotMount("neither root nor a user namespace may make mounts here")


def need(*programs: str) -> None:
    """Nothing, if these programs are installed.

    Raises:
        CannotMount: one is not.
    """
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    missing = [program for program in programs if shutil.which(program, path=path) is None]
    if missing:
        raise CannotMount(f"not installed: {', '.join(missing)}")


def mount_tmpfs(inside: Mounts, place: Path, megabytes: int) -> None:
    """A file system in memory of that size."""
    place.mkdir(exist_ok=True)
    inside.sh(f"mount -t tmpfs -o size={megabytes}m,mode=755 casebinder '{place}'")


def mount_ext4(inside: Mounts, place: Path) -> None:
    """ext4 in a file."""
    need("mkfs.ext4")
    place.mkdir()
    image = place.with_suffix(".img")
    inside.sh(f"truncate -s 48M '{image}'; mkfs.ext4 -q '{image}'; mount -o loop '{image}' '{place}'")


def mount_overlay(inside: Mounts, place: Path) -> None:
    """An overlay whose upper layer is in memory."""
    place.mkdir()
    layers = place.with_suffix(".layers")
    layers.mkdir()
    mount_tmpfs(inside, layers, 64)
    inside.sh(
        f"cd '{layers}'; mkdir low up work; "
        f"mount -t overlay overlay -o 'lowerdir={layers}/low,upperdir={layers}/up,workdir={layers}/work' '{place}'"
    )


def mount_ntfs(inside: Mounts, place: Path) -> None:
    """NTFS by a FUSE driver: hard links, but no rename that does not replace."""
    need("mkntfs", "mount.ntfs-3g")
    place.mkdir()
    image = place.with_suffix(".img")
    inside.sh(
        f"truncate -s 48M '{image}'; mkntfs -F -q -f '{image}' >/dev/null 2>&1; mount.ntfs-3g '{image}' '{place}'"
    )


def mount_exfat(inside: Mounts, place: Path) -> None:
    """exFAT by a FUSE driver: neither hard links nor permission bits; names in any case are the same."""
    need("mkfs.exfat", "mount.exfat-fuse")
    place.mkdir()
    image = place.with_suffix(".img")
    inside.sh(f"truncate -s 48M '{image}'; mkfs.exfat '{image}' >/dev/null")
    device = inside.sh(f"losetup --find --show '{image}'").out.strip()
    inside.sh(f"mount.exfat-fuse '{device}' '{place}'; losetup --detach '{device}'")


def mount_smb(inside: Mounts, place: Path) -> None:
    """A Samba server on this namespace's own loopback, mounted by a FUSE client; the share is `place/127.0.0.1/share`."""
    need("smbd", "smbnetfs", "ip")
    server = place.with_suffix(".server")
    for folder in (place, server / "share", server / "private", server / "home" / ".smb"):
        folder.mkdir(parents=True)
    (server / "share").chmod(0o777)
    private = "".join(
        f" {name} = {server}/private\n"
        for name in ("pid directory", "lock directory", "state directory", "cache directory", "private dir")
    )
    (server / "smb.conf").write_text(
        "[global]\n interfaces = 127.0.0.1\n bind interfaces only = yes\n smb ports = 445\n"
        f" disable netbios = yes\n server role = standalone server\n map to guest = Bad User\n{private}"
        f" ncalrpc dir = {server}/private/rpc\n log file = {server}/log\n guest account = root\n"
        f"[share]\n path = {server}/share\n guest ok = yes\n read only = no\n force user = root\n"
    )
    settings = server / "home" / ".smb" / "smbnetfs.conf"
    settings.write_text('auth "guest" ""\n')
    settings.chmod(0o600)
    inside.sh("ip link set lo up")
    inside.background(f"exec smbd --foreground --no-process-group -s '{server}/smb.conf'")
    inside.sh(f"HOME='{server}/home' smbnetfs '{place}' -o allow_other")
    ends = time.monotonic() + 10
    while inside.sh(f"ls '{place}/127.0.0.1/share'", check=False).code != 0:
        if time.monotonic() > ends:
            raise CannotMount("the SMB server does not answer")
        time.sleep(0.1)
