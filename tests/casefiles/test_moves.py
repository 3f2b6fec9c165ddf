"""Folders with how many files each, a few of them named."""

from casefiles.moves import by_folder


def test_folders_are_counted_and_the_fullest_comes_first() -> None:
    paths = [*(f"evidence/a/{n}".encode() for n in range(3)), b"evidence/b/1", b"loose"]
    assert by_folder(paths) == "evidence/a (3), evidence/b (1), the case folder (1)"
    many = [f"evidence/{n:04d}/x".encode() for n in range(1500)]
    assert by_folder(many) == "evidence/0000 (1), evidence/0001 (1), evidence/0002 (1) and 1497 more folders"
    assert by_folder([b"evidence/\xff\n/x"]) == r"evidence/\xff\x0a (1)"
