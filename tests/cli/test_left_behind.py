"""What stands after a command was killed, or where a copying tool left something out; driven by the command line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.share import REFERENCE, Share


def test_folders_that_a_copy_left_out_are_made_again(share: Share) -> None:
    share.run("bundle", REFERENCE)
    for folder in ("drafts", "issued", "_chain/tmp"):
        shutil.rmtree(share.case / folder)
    share.run("bundle", REFERENCE)
    share.decide_all()
    shutil.rmtree(share.case / "_chain" / "tmp")
    share.run("bundle", REFERENCE, "--issue")
    assert len(list((share.case / "issued").glob("*/*.pdf"))) == 1


def test_an_unpublished_issue_is_no_bundle(share: Share) -> None:
    share.run("bundle", REFERENCE)
    share.decide_all()
    share.run("bundle", REFERENCE, "--issue")
    issued = next((share.case / "issued").iterdir())
    unpublished = share.case / "issued" / ".casebinder-7c9e6679-7425-4de4-944b-e07fc1f90ae7"
    unpublished.mkdir()
    whole = next(issued.glob("*.pdf")).read_bytes()
    (unpublished / "half.pdf").write_bytes(whole[: len(whole) // 2])
    share.run("verify", REFERENCE)
    os.utime(unpublished, (0, 0))
    share.run("scan", REFERENCE)
    assert not unpublished.exists()
    shutil.rmtree(issued)
    share.run("verify", REFERENCE, expect=4)
    assert "not in issued any more" in share.said


def test_copies_of_evidence_in_a_killed_process_folder_go_with_the_next_command(share: Share) -> None:
    hold = (
        "import sys, time; from pathlib import Path; from casefiles.layout import LocalLayout\n"
        "from cli.workspace import working_folder\n"
        "with working_folder(LocalLayout(Path(sys.argv[1])), 'work') as folder:\n"
        "    (folder / 'bundle.pdf').write_bytes(b'a paper'); print('ready', flush=True); sys.stdin.read()"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", hold, str(share.state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert running.stdout is not None
    assert running.stdout.readline() == b"ready\n"
    share.run("scan", REFERENCE)
    assert len(list((share.state / "work").rglob("bundle.pdf"))) == 1  # in use: left alone
    running.kill()
    running.communicate()
    assert len(list((share.state / "work").rglob("bundle.pdf"))) == 1
    share.run("scan", REFERENCE)
    assert list((share.state / "work").iterdir()) == []


@pytest.mark.parametrize("file", ["case.toml", "bundles/bundle.toml", "../../casebinder.toml"])
@pytest.mark.parametrize(
    "rubbish", ["\nx = " + "[" * 100_000, "\nx = " + "9" * 10_000, "\n# " + "x" * (5 << 20)]
)
def test_rubbish_in_a_file_that_people_edit_is_answered_in_words(
    share: Share, file: str, rubbish: str
) -> None:
    share.run("bundle", REFERENCE)
    path: Path = share.case / file
    path.write_text(path.read_text() + rubbish)
    for command in ("bundle", "scan", "status") if "bundles" not in file else ("bundle",):
        share.run(command, REFERENCE, expect=0 if command == "status" and file == "case.toml" else 2)
        assert command == "status" or f"{path.name}, line" in share.said


def test_the_draft_of_another_bundle_with_the_same_title_does_not_replace_the_first(share: Share) -> None:
    first = Path(share.json("bundle", REFERENCE)["path"])
    before = first.read_bytes()
    text = share.bundle_file.read_text()
    second = share.json("bundle", REFERENCE, "second")
    assert (share.bundle_file.read_text(), first.read_bytes()) == (text, before)
    assert Path(second["path"]) != first


def test_a_name_of_nothing_but_dots_gets_a_line_and_a_page(share: Share) -> None:
    (share.evidence / "...txt").write_text("Dots")
    draft = share.json("bundle", REFERENCE)
    assert "...txt" in {item["title"] for item in draft["items"]}
