"""`docs/recovery.md` for the IT desk: every command in it is run here, after the mishap that it is for."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import run
from tests.cli.share import REFERENCE, Share, write_pdf

PAGE = Path(__file__).parents[2] / "docs" / "recovery.md"


class Desk:
    """An IT desk with the page in hand: runs the commands under a heading, in order, each on its machine."""

    def __init__(self, share: Share, patch: pytest.MonkeyPatch) -> None:
        self.share = share
        self._patch = patch
        self.done: set[str] = set()
        self.values: dict[str, str] = {}

    def on(self, machine: str) -> Path:
        """Changes to a machine; its state folder."""
        state = self.share.state.with_name(machine.replace(" ", "-"))
        self._patch.setenv("CASEBINDER_STATE", str(state))
        return state

    def steps(self, heading: str) -> Iterator[tuple[list[str], str]]:
        """The commands under a heading and the words after their #, as they stand on the page."""
        for line in section(heading):
            command, _, note = line.partition("#")
            if line.startswith(" ") and command.split()[:1] == ["casebinder"]:
                yield [self.values.get(word, word) for word in command.split()[1:]], note.strip()

    def follow(self, heading: str, count: int, **machines: str) -> str:
        """Runs the next `count` commands under the heading; what they printed. `machines` by their words on the page."""
        said = ""
        steps = [
            (words, note)
            for words, note in self.steps(heading)
            if f"{heading} {words} {note}" not in self.done
        ]
        for words, note in steps[:count]:
            self.done.add(f"{heading} {words} {note}")
            ends = re.fullmatch(r"ends with (\d)", note)
            if note and not ends:
                self.on(machines.get(note.replace(" ", "_"), note))
            said += self.share.run(*words, expect=int(ends[1]) if ends else 0) + self.share.said
        return said


def section(heading: str) -> list[str]:
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", text, re.M | re.S)
    assert found, heading
    return found[1].splitlines()


def fingerprint(said: str) -> str:
    found = re.search(r"Fingerprint of this machine's key: ([0-9a-f ]+)", said)
    assert found, said
    return found[1].replace(" ", "")


@pytest.fixture
def desk(share: Share, monkeypatch: pytest.MonkeyPatch) -> Desk:
    share.run("scan", REFERENCE)
    return Desk(share, monkeypatch)


@pytest.fixture
def issued(desk: Desk) -> Desk:
    """The same with an issued bundle."""
    desk.share.run("bundle", REFERENCE)
    desk.share.decide_all()
    desk.share.run("bundle", REFERENCE, "--issue")
    return desk


def test_the_index_is_lost(desk: Desk) -> None:
    before = desk.share.json("status", REFERENCE)
    shutil.rmtree(desk.share.state / "index")
    desk.follow("The index is lost", 1)
    assert desk.share.json("status", REFERENCE) == before


def test_a_signing_key_is_lost_and_another_machine_is_admitted(issued: Desk) -> None:
    heading = "A signing key is lost"
    old = issued.share.json("key", "list")["keys"][0]["fingerprint"]
    issued.on("second")
    issued.share.run("key", "add")
    second = issued.share.json("key", "list")["waiting"][0]["fingerprint"]
    issued.on("machine")
    issued.share.run("key", "add", second)
    shutil.rmtree(issued.share.state / "keys")
    at = {"on_the_machine_that_lost_its_key": "machine", "on_a_machine_that_is_admitted": "second"}
    issued.values = {"OLD-FINGERPRINT": old}
    issued.values["NEW-FINGERPRINT"] = fingerprint(issued.follow(heading, 1, **at))
    issued.follow(heading, 2, **at)
    issued.on("machine")
    issued.share.run("bundle", REFERENCE, "second")
    file = issued.share.case / "bundles" / "second.toml"
    file.write_text(file.read_text().replace('"undecided"', '"serve"'))
    issued.share.run("bundle", REFERENCE, "second", "--issue")
    issued.share.run("verify", REFERENCE)


def test_the_only_signing_key_is_lost(issued: Desk) -> None:
    heading = "A signing key is lost"
    issued.on("second")
    issued.share.run("verify", REFERENCE)  # it knows the first key
    issued.on("machine")
    issued.values = {"OLD-FINGERPRINT": issued.share.json("key", "list")["keys"][0]["fingerprint"]}
    shutil.rmtree(issued.share.state / "keys")
    lost = [step for step in issued.steps(heading) if "--all-lost" in step[0]]
    assert lost
    for words, note in issued.steps(heading):
        if "--all-lost" not in words and not issued.done:
            continue
        issued.done.add(note)
        issued.on({"on every other machine": "second"}.get(note, "machine"))
        if "trust" in words:
            issued.share.run("verify", REFERENCE, expect=4)
            assert "casebinder key trust" in issued.share.said
        said = issued.share.run(*words)
        if "--all-lost" in words:
            issued.values["NEW-FINGERPRINT"] = fingerprint(said)
    for machine in ("machine", "second"):
        issued.on(machine)
        issued.share.run("verify", REFERENCE)
    issued.on("machine")
    issued.share.run("bundle", REFERENCE, "after")
    file = issued.share.case / "bundles" / "after.toml"
    file.write_text(file.read_text().replace('"undecided"', '"serve"'))
    issued.share.run("bundle", REFERENCE, "after", "--issue")
    for machine in ("machine", "second"):
        issued.on(machine)
        issued.share.run("verify", REFERENCE)


def test_a_workstation_is_lost(issued: Desk) -> None:
    heading = "A workstation is lost"
    shutil.copytree(issued.share.state, issued.share.state.with_name("colleague"))
    shutil.rmtree(issued.share.state)
    at = {"on_a_machine_that_knew_the_cases": "colleague", "on_the_new_workstation": "new"}
    issued.follow(heading, 1, **at)
    for words, _note in list(issued.steps(heading))[1:]:
        issued.on("new")
        expected = {3} if words[0] == "doctor" else {0}  # its key is not admitted yet, and doctor says so
        code = run(["--workspace", str(issued.share.root), *words])
        assert code in expected | {0}, words
    assert len(issued.share.json("key", "list")["waiting"]) == 1
    issued.share.run("verify", REFERENCE)


def test_the_share_was_restored_from_a_backup(desk: Desk, tmp_path: Path) -> None:
    kept = tmp_path / "backup"
    shutil.copytree(desk.share.case, kept)
    write_pdf(desk.share.evidence / "added.pdf", ["Added since"])
    desk.share.run("scan")
    shutil.rmtree(desk.share.case)
    shutil.copytree(kept, desk.share.case)
    desk.follow("The share was restored from a backup", 4)
    assert "added.pdf" not in desk.share.run("status", REFERENCE)


def test_500_files_were_renamed(desk: Desk) -> None:
    for number in range(500):
        (desk.share.evidence / f"note {number}.txt").write_text(f"Note {number}")
    desk.share.run("scan")
    for path in sorted(desk.share.evidence.glob("note *.txt")):
        path.rename(path.with_name(f"call {path.name}"))
    said = desk.follow("500 files were renamed", 2)
    assert "500 files" in said
    assert desk.share.json("status", REFERENCE)["cases"][0]["missing"] == []


def test_one_event_is_corrupt_and_the_backup_has_it(issued: Desk) -> None:
    heading = "One event is corrupt"
    event = issued.share.case / "_chain" / "events" / "0000000005.json"
    good = event.read_bytes()
    event.write_bytes(good.replace(b"evidence", b"evidense"))
    said = issued.follow(heading, 1)
    assert "event 5" in said
    issued.share.run("scan", REFERENCE, expect=4)
    event.write_bytes(good)
    issued.follow(heading, 1)


@pytest.mark.parametrize("damage", ["changed", "cut", "gone"])
def test_one_event_is_corrupt_and_no_copy_is_left(issued: Desk, damage: str) -> None:
    heading = "One event is corrupt"
    events = issued.share.case / "_chain" / "events"
    count = len(list(events.iterdir()))
    labels = {
        row["id"]: row["exhibit"] for row in issued.share.json("status", REFERENCE)["cases"][0]["items"]
    }
    event = events / "0000000004.json"
    if damage == "gone":
        event.unlink()
    else:
        data = event.read_bytes()
        event.write_bytes(
            data[: len(data) // 2] if damage == "cut" else data.replace(b"received", b"recieved")
        )
    issued.share.run("verify", REFERENCE, expect=4)
    for words, note in list(issued.steps(heading))[2:]:
        assert not note
        if words[0] == "verify":  # as the page says: its bundles are not in the chain any more
            for folder in issued.share.case.joinpath("issued").iterdir():
                folder.rename(issued.share.case / "_chain" / "set-aside" / folder.name)
            for draft in issued.share.case.joinpath("drafts").glob("*.pdf"):
                draft.unlink()
        issued.share.run(*words)
    aside = list((issued.share.case / "_chain" / "set-aside").rglob("events/*.json"))
    assert len(aside) == count - 3 - (damage == "gone")
    after = {row["id"]: row["exhibit"] for row in issued.share.json("status", REFERENCE)["cases"][0]["items"]}
    assert after == labels, "labels never move"
    issued.on("another desk")
    issued.share.run("scan", REFERENCE)
    issued.share.run("verify", REFERENCE)
    issued.share.run("bundle", REFERENCE, "again")


def test_every_command_on_the_page_is_followed_by_a_test() -> None:
    headings = re.findall(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), re.M)
    source = Path(__file__).read_text(encoding="utf-8")
    assert headings
    for heading in headings:
        assert f'"{heading}"' in source, heading
