"""Which file system a folder is on, by the text of /proc/self/mountinfo."""

from pathlib import Path

import pytest

from casefiles.share.mounts import Mount, mount_of, read_mounts

TEXT = r"""22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
31 22 0:50 / /srv/share\040one rw,relatime shared:1 - cifs //fs1/ews rw,vers=3.1.1
32 22 0:51 / /srv rw,relatime - nfs4 fs2:/srv ro,vers=4.2
33 22 0:52 / /home/ab/OneDrive rw - fuse.rclone onedrive:ews rw
34 22 0:53 / /mnt/x rw - fuse /dev/fuse rw
35 22 0:54 / /mnt/x/y rw - fuseblk /dev/sdb1 rw
36 22 0:55 / /mnt/twice rw - ext4 /dev/a rw
37 36 0:56 / /mnt/twice ro - tmpfs tmpfs rw
nonsense
38 22 0:57 / /broken
"""


@pytest.mark.parametrize(
    ("path", "kind", "network", "cloud", "program", "read_only"),
    [
        ("/var/lib", "ext4", False, False, False, False),
        ("/srv/share one/cases", "cifs", True, False, False, False),
        ("/srv/share one more", "nfs4", True, False, False, True),
        ("/home/ab/OneDrive/cases", "fuse.rclone", True, True, False, False),
        ("/mnt/x/z", "fuse", False, False, True, False),
        ("/mnt/x/y/z", "fuseblk", False, False, False, False),
        ("/mnt/twice", "tmpfs", False, False, False, True),
    ],
)
def test_the_nearest_mount_counts(
    path: str, kind: str, network: bool, cloud: bool, program: bool, read_only: bool
) -> None:
    found = mount_of(Path(path), TEXT)
    assert found is not None
    assert (found.kind, found.network, found.cloud, found.by_a_program, found.read_only) == (
        kind, network, cloud, program, read_only,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "source", "network", "cloud"),
    [
        ("fuse", "https://cloud.example/dav", True, False),
        ("fuse.sshfs", "ab@fs1:/srv", True, False),
        ("fuse.onedriver", "onedriver", True, True),
        ("fuse.encfs", "encfs", False, False),
        ("smb3", "//fs1/ews", True, False),
        ("btrfs", "/dev/sda1", False, False),
    ],
)
def test_kinds_of_mount(kind: str, source: str, network: bool, cloud: bool) -> None:
    mount = Mount("/m", kind, source, read_only=False)
    assert (mount.network, mount.cloud) == (network, cloud)


def test_without_a_list_of_mounts_nothing_is_known() -> None:
    assert mount_of(Path("/srv"), "") is None


@pytest.mark.skipif(not read_mounts(), reason="there is no /proc here")
def test_this_machine_has_a_list(tmp_path: Path) -> None:
    assert mount_of(tmp_path.resolve(), read_mounts()) is not None
