"""`casebinder` alone: a real process at a real terminal of 24 rows and 80 columns, in black and white."""

import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from casefiles.layout import CaseLayout
from tests.cli.share import REFERENCE, Share, write_pdf
from tests.cli.terminal import Terminal, command

PROMPT = "\n> "


@pytest.fixture
def at(share: Share) -> Callable[..., Terminal]:
    """Starts the menu at a terminal, by default in the workspace's folder."""

    def start(*words: str, cwd: Path | None = None) -> Terminal:
        return Terminal(words, environment(share), cwd or share.root)

    return start


def environment(share: Share) -> dict[str, str]:
    home = share.root.parent / "home"
    home.mkdir(exist_ok=True)
    return {
        "PATH": os.environ["PATH"], "HOME": str(home), "TERM": "vt100", "NO_COLOR": "1", "LANG": "C.UTF-8",
        "CASEBINDER_STATE": str(share.state),
    }  # fmt: skip


def choose(terminal: Terminal, label: str) -> None:
    """Type the number that stands before a label on the screen that comes next."""
    screen = terminal.until(PROMPT)
    found = re.search(rf"^ *(\d+)  .*{re.escape(label)}", screen, re.MULTILINE)
    assert found, screen
    terminal.type(found[1])


def ran(screen: str) -> list[str]:
    """The words of the command that the menu says it ran."""
    return shlex.split(re.findall(r"^\$ (.*)$", screen, re.MULTILINE)[-1])


def test_from_the_list_to_a_recorded_placeholder(share: Share, at: Callable[..., Terminal]) -> None:
    (share.evidence / "scan 0007.pdf").write_bytes(b"%PDF-1.4\nnothing more")
    with at() as terminal:
        choose(terminal, REFERENCE)
        choose(terminal, "Take in what was dropped")
        assert ran(terminal.until("go on.")) == ["casebinder", "scan", REFERENCE]
        terminal.type("")
        choose(terminal, "Let a page stand")
        choose(terminal, "scan 0007.pdf")
        terminal.until("The court reads this: ")
        terminal.type('The school\'s copy is "asked for"; $HOME')
        screen = terminal.until("go on.")
        assert "Recorded: a placeholder page stands for" in screen
        words = ran(screen)
        assert words[:3] == ["casebinder", "placeholder", REFERENCE]
        assert words[4:] == ["--reason", 'The school\'s copy is "asked for"; $HOME']
        terminal.type("")
        assert "Let a page stand" not in terminal.until(PROMPT)
        terminal.type("0")
        assert REFERENCE in terminal.until(PROMPT)
        terminal.type("q")
        assert terminal.ended() == 0
    # What it printed does the same when it is pasted.
    again = subprocess.run(
        [*command(), *words[1:]], cwd=share.root, env=environment(share), capture_output=True, check=False
    )
    assert again.returncode == 0, again.stderr


def test_every_screen_fits_and_nothing_steers_the_terminal(share: Share, at: Callable[..., Terminal]) -> None:
    (share.evidence / "a\x1b[2Jb\u202egpj.txt").write_text("hello")
    hostile = share.root / "cases" / "2026-0043 \x1b]0;owned\x07 王"
    hostile.mkdir()
    facts = share.case.joinpath("case.toml").read_bytes().replace(b"2026-0042", b"2026-0043")
    CaseLayout(hostile).case_file.write_bytes(facts)
    share.run("scan", REFERENCE)
    with at() as terminal:
        screens = [terminal.until(PROMPT)]
        for typed in ("1", "2"):
            terminal.type(typed)
            screens.append(terminal.until("> " if typed == "1" else "go on."))
        terminal.type("")
        screens.append(terminal.until(PROMPT))
        terminal.press(b"\x04")
        assert terminal.ended() == 0
        assert set(re.findall(rb"\x1b\[[0-9;]*([A-Za-z])", terminal.raw)) <= {b"m"}
        assert b"\x1b]" not in terminal.raw
        assert b"\x07" not in terminal.raw
        assert "\\x1b[2J" in terminal.text
        for screen in (screens[0], screens[1], screens[3]):
            assert len(screen.splitlines()) <= 24
            assert max(map(len, screen.splitlines())) <= 80


def test_withdrawing_is_asked_twice(share: Share, at: Callable[..., Terminal]) -> None:
    share.run("scan", REFERENCE)
    photo = share.evidence / "IMG_20260206_081533.jpg"

    def until_sure(terminal: Terminal) -> None:
        choose(terminal, "Withdraw a paper")
        choose(terminal, photo.name)
        choose(terminal, "about another child")
        terminal.until("Who decided it?: ")
        terminal.type("R. Manager")
        terminal.until("Withdraw it? Type yes or no: ")

    with at() as terminal:
        choose(terminal, REFERENCE)
        until_sure(terminal)
        terminal.type("yes")
        terminal.until("Are you sure? Type yes or no: ")
        terminal.type("")
        terminal.until("Nothing was done.")
        assert photo.exists()
        until_sure(terminal)
        terminal.type("yes")
        terminal.until("Are you sure? Type yes or no: ")
        terminal.type("Yes")
        screen = terminal.until("go on.")
        assert ran(screen)[-4:] == ["--reason", "wrong-child", "--by", "R. Manager"]
        assert "Withdrawn:" in screen
        assert not photo.exists()


def test_a_password_is_asked_for_without_showing_it(share: Share, at: Callable[..., Terminal]) -> None:
    write_pdf(share.evidence / "plain.pdf", ["secret"])
    with pikepdf.open(share.evidence / "plain.pdf") as pdf:
        pdf.save(share.evidence / "locked.pdf", encryption=pikepdf.Encryption(user="open sesame", owner="x"))
    (share.evidence / "plain.pdf").unlink()
    share.run("scan", REFERENCE)
    with at() as terminal:
        choose(terminal, REFERENCE)
        choose(terminal, "needs a password")
        choose(terminal, "locked.pdf")
        terminal.until("Password of ")
        terminal.until(": ")
        terminal.type("open sesame")
        assert "Opened: the copy is evidence" in terminal.until("go on.")
        assert b"sesame" not in terminal.raw


def test_an_error_never_leaves_the_menu(share: Share, at: Callable[..., Terminal]) -> None:
    share.run("scan", REFERENCE)
    with at() as terminal:
        choose(terminal, REFERENCE)
        terminal.until(PROMPT)
        (share.case / "case.toml").rename(share.case / "case.away")
        terminal.type("1")
        assert "It ended with exit code 2" in terminal.until("go on.")
        (share.case / "case.away").write_text("reference = 7")
        (share.case / "case.away").rename(share.case / "case.toml")
        terminal.type("")
        screen = terminal.until(PROMPT)
        assert "problem" in screen
        terminal.type("99")
        assert "Type one of the numbers." in terminal.until(PROMPT)
        terminal.type("")
        assert "! problem" in terminal.until(PROMPT)
        assert terminal.process.poll() is None


def test_a_share_that_goes_and_comes_back(share: Share, at: Callable[..., Terminal]) -> None:
    away = share.root.with_name("away")
    with at("--workspace", str(share.root), cwd=share.root.parent) as terminal:
        terminal.until(PROMPT)
        share.root.rename(away)
        terminal.type("s")
        assert "It ended with exit code 5" in terminal.until("go on.")
        terminal.type("")
        assert "connected" in terminal.until("type q to leave. ")
        away.rename(share.root)
        terminal.type("")
        assert REFERENCE in terminal.until(PROMPT)


@pytest.mark.parametrize(
    ("depth", "keys", "code"),
    [(depth, keys, code) for depth in (0, 1, 2) for keys, code in ((b"\x03", 130), (b"\x04", 0))]
    + [(0, b"q\n", 0), (1, b"Q\n", 0)],  # deeper, in a list of files, q is looked for
)
def test_leaving_is_clean_from_anywhere(
    share: Share, at: Callable[..., Terminal], depth: int, keys: bytes, code: int
) -> None:
    share.run("scan", REFERENCE)
    with at() as terminal:
        if depth > 0:
            choose(terminal, REFERENCE)
        if depth > 1:
            choose(terminal, "Withdraw a paper")
        terminal.until(PROMPT)
        terminal.press(keys)
        assert terminal.ended() == code
        assert "Traceback" not in terminal.text


def test_ctrl_c_in_a_command_comes_back_to_the_menu(share: Share, at: Callable[..., Terminal]) -> None:
    (share.root / "casebinder.toml").write_text(
        (share.root / "casebinder.toml").read_text().replace("settle_seconds = 0", "settle_seconds = 600")
    )
    with at() as terminal:
        terminal.until(PROMPT)
        terminal.type("s")
        terminal.until("$ casebinder scan")
        terminal.press(b"\x03")
        assert "Interrupted." in terminal.until("go on.")
        terminal.type("")
        assert REFERENCE in terminal.until(PROMPT)


def test_a_filter_and_a_wrong_word(share: Share, at: Callable[..., Terminal]) -> None:
    for number in range(43, 63):
        share.run(
            "open",
            "prosecution-443",
            f"2026-00{number}",
            "--child",
            f"Child Family{number}",
            "--officer",
            "AB",
        )
    with at() as terminal:
        assert "Page 1 of 2" in terminal.until(PROMPT)
        terminal.type("+")
        assert "Page 2 of 2" in terminal.until(PROMPT)
        terminal.type("family60")
        assert "Only those with “family60”: 1 of 21." in terminal.until(PROMPT)
        terminal.type("1")
        assert "2026-0060 FAMILY60" in terminal.until(PROMPT)
        terminal.type("0")
        terminal.until(PROMPT)
        terminal.type("zebra")
        assert "Nothing here has “zebra” in it." in terminal.until(PROMPT)


def test_a_first_workspace_and_a_first_case(tmp_path: Path) -> None:
    there = tmp_path / "my share"
    surroundings = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "TERM": "dumb", "LANG": "C.UTF-8",
        "CASEBINDER_STATE": str(tmp_path / "state"),
    }  # fmt: skip
    with Terminal([], surroundings, tmp_path) as terminal:
        terminal.until("None was found here.")
        choose(terminal, "Make a new workspace")
        terminal.until("(Enter goes back) ")
        terminal.type(str(there))
        terminal.until("The council’s name: ")
        terminal.type("Anytown Council")
        terminal.until("(empty for none)")
        terminal.type("")
        terminal.until("confirmation")
        terminal.type("")
        assert "There is no case yet." in terminal.until(PROMPT)
        terminal.type("o")
        choose(terminal, "444(1A)")
        terminal.until("such as 2026-0042: ")
        terminal.type("2026-0001")
        terminal.until("A child’s name (Enter: none): ")
        terminal.type("Zoë Example")
        terminal.until("(Enter: no more): ")
        terminal.type("")
        terminal.until("A parent’s name (Enter: none): ")
        terminal.type("")
        terminal.until("(Enter: none): ")
        terminal.type("AB")
        said = terminal.until("go on.")
        assert ran(said) == [
            "casebinder", "--workspace", str(there), "open", "prosecution-444-1a", "2026-0001", "--child", "Zoë Example",
            "--officer", "AB",
        ]  # fmt: skip
        assert "ended with exit code" not in said
        terminal.type("")
        assert "2026-0001" in terminal.until(PROMPT)


def test_a_folder_is_asked_for_and_nothing_remembered(share: Share, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    with Terminal([], environment(share), outside) as terminal:
        choose(terminal, "say which folder")
        terminal.until("(Enter goes back) ")
        terminal.type(str(tmp_path / "nowhere"))
        assert "holds no casebinder.toml" in terminal.until(PROMPT)
        terminal.type("1")
        terminal.until("(Enter goes back) ")
        terminal.type(f"'{share.root}/cases'")
        assert REFERENCE in terminal.until(PROMPT)
        terminal.type("q")
        assert terminal.ended() == 0
    with Terminal([], environment(share), outside) as terminal:
        terminal.until("None was found here.")


def test_without_a_terminal_there_is_help_and_no_menu(share: Share) -> None:
    for words, said in (([], "Usage: casebinder"), (["--workspace", str(share.root)], "Missing command")):
        done = subprocess.run(
            [*command(), *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            env=environment(share),
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
    helped = subprocess.run(
        [*command(), "--help"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    assert "doctor" in helped.stdout


def test_a_folder_of_somebodys_own_becomes_a_case(share: Share, at: Callable[..., Terminal]) -> None:
    with at() as terminal:
        assert "adopt" not in terminal.until(PROMPT)
        terminal.type("q")
    own = share.root / "cases" / "Sample, Max"
    own.mkdir()
    (own / "letter.txt").write_text("Dear Ms Sample")
    with at() as terminal:
        assert "a: adopt a folder" in terminal.until(PROMPT)
        terminal.type("a")
        choose(terminal, "Sample, Max")
        choose(terminal, "Prosecution under section 444(1) ")
        for words in ("2026-0077", "Max Sample", "", "", "AB"):
            terminal.until(": ")
            terminal.type(words)
        said = terminal.until("go on.")
        assert ran(said)[:3] == ["casebinder", "adopt", "Sample, Max"]
        assert "Adopted: 1 item" in said
        terminal.type("")
        assert "2026-0077" in terminal.until(PROMPT)
        terminal.type("q")


def test_a_missing_file_was_moved_to_another_case(share: Share, at: Callable[..., Terminal]) -> None:
    share.run("open", "prosecution-444-1a", "2026-0043", "--officer", "AB")
    share.run("scan")
    other = next((share.root / "cases").glob("2026-0043*"))
    (share.evidence / "call log 19.01.2026.txt").rename(other / "evidence" / "call log.txt")
    for _ in range(2):
        share.run("scan")
    with at() as terminal:
        choose(terminal, REFERENCE)
        choose(terminal, "was moved to another case")
        choose(terminal, "call log 19.01.2026.txt")
        terminal.until("other case: ")
        terminal.type("2026-0043")
        said = terminal.until("go on.")
        assert ran(said)[:2] == ["casebinder", "decide"]
        assert "Recorded" in said
        terminal.type("")
        terminal.until(PROMPT)
        terminal.type("q")
