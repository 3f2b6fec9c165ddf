"""One narrow module makes every system call that changes a file system; this reads all code of ours and proves it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("casefiles", "bundles", "templates", "watcher", "cli")
NARROW = "casefiles/files/disk.py"

OF_OS = frozenset(
    [
        "write",
        "pwrite",
        "writev",
        "pwritev",
        "truncate",
        "ftruncate",
        "link",
        "symlink",
        "rename",
        "renames",
        "replace",
        "unlink",
        "remove",
        "rmdir",
        "removedirs",
        "mkdir",
        "makedirs",
        "mkfifo",
        "mknod",
        "chmod",
        "fchmod",
        "lchmod",
        "chown",
        "fchown",
        "lchown",
        "utime",
        "fsync",
        "fdatasync",
        "setxattr",
        "removexattr",
        "sendfile",
        "copy_file_range",
        "posix_fallocate",
    ]
)
OF_SHUTIL = frozenset(["copy", "copy2", "copyfile", "copyfileobj", "copymode", "copystat", "copytree", "move", "rmtree", "make_archive", "chown", "unpack_archive"])  # fmt: skip
OF_A_PATH = frozenset(
    ["write_text", "write_bytes", "mkdir", "unlink", "rmdir", "touch", "chmod", "lchmod", "symlink_to", "hardlink_to", "rename", "replace", "copy", "move"]
)  # fmt: skip
WRITE_FLAGS = frozenset(["O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND", "O_TRUNC", "O_EXCL", "O_TMPFILE"])
FOREIGN_SAVES = frozenset({"save"})
"""What libraries call writing a file of theirs."""

ALLOWED = {
    # (file, call): why it may stand there
    ("casefiles/caged/child.py", "os.write"): "tells the parent over a pipe; no file",
    ("casefiles/caged/child.py", "os.open O_RDWR"): "opens /dev/null",
    ("casefiles/intake/readers/pdf_password.py", "save"): "pikepdf, in a child, into a stream that scratch opened",
    ("casefiles/intake/readers/pdf.py", "save"): "pikepdf, in a child, into its private working folder",
    ("bundles/assemble.py", "save"): "pikepdf, into the private working folder",
    ("bundles/front.py", "save"): "pikepdf, into the private working folder",
    ("bundles/convert/picture_pages.py", "save"): "pikepdf and Pillow, in a child, into its private working folder",
    ("bundles/convert/mail_pictures.py", "save"): "Pillow, into memory",
    ("bundles/convert/recording_facts.py", "save"): "Pillow, into memory",
    ("bundles/convert/slide_choice.py", "save"): "pikepdf, in a child, into its private working folder",
    ("bundles/treat/grey_colours.py", "save"): "pikepdf, into memory",
    ("bundles/treat/grey_colours.py", "copy"): "a picture in memory",
    ("bundles/treat/grey_pictures.py", "save"): "Pillow, into memory",
    ("bundles/treat/resolution.py", "save"): "pikepdf, in a child, into its private working folder; Pillow, into memory",
    ("bundles/treat/rewriting.py", "save"): "pikepdf, in a child, into its private working folder",
    ("bundles/treat/scan_page.py", "save"): "Pillow, in a child, into a stream that scratch opened",
    ("bundles/treat/text_layer.py", "save"): "pikepdf, in a child, into its private working folder",
    ("bundles/convert/pages.py", "save"): "pikepdf, in a child, into its private working folder",
    ("bundles/convert/normalise.py", "save"): "pikepdf, in a child, into its private working folder",
    ("bundles/convert/normalising/flatten.py", "save"): "pdfium, in a child, into its private working folder",
    ("bundles/convert/normalising/form_pages.py", "save"): "pikepdf, in a child, into its private working folder",
    ("bundles/convert/normalising/prepare.py", "save"): "pikepdf, in a child, into its private working folder",
    ("bundles/convert/docx_package.py", "zipfile.ZipFile w"): "in a child, into a stream that scratch opened",
    ("bundles/convert/docx_package.py", "copy.open w"): "a member of that zip",
    ("bundles/convert/office_settle.py", "zipfile.ZipFile w"): "in a child, into a stream that scratch opened",
    ("bundles/convert/office_settle.py", "copy.open w"): "a member of that zip",
    ("casefiles/index/opening.py", "sqlite3.connect"): "the index is SQLite's own, on this machine",
    ("cli/doctor/facts.py", "sqlite3.connect"): "opens the index to read it",
    ("casefiles/caged/child.py", "ctypes.CDLL"): "prctl for the child itself",
    ("casefiles/share/probe.py", "ctypes.CDLL"): "inotify, which only looks",
    ("casefiles/share/probe.py", "path.open r+b"): "a lock that excludes others asks for it; nothing is written",
    ("cli/watch/signals.py", "os.write"): "rings a pipe of this process; no file",
    ("cli/look_apart.py", "os.write"): "a child tells its parent over a pipe; no file",
}  # fmt: skip


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def writing_calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Each call that may change a file system, named, with its line (1-based)."""
    imported = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            if "tempfile" in names or getattr(node, "module", None) == "tempfile":
                yield "tempfile", node.lineno
        if isinstance(node, ast.Call):
            name = _name(node.func)
            found = _judge(imported.get(name, name), node)
            if found:
                yield found, node.lineno


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    if isinstance(function, ast.Attribute):
        return f"{_name(function.value)}.{function.attr}"
    return "()"


def _judge(name: str, call: ast.Call) -> str:
    """What a call is, if it may write; else nothing."""
    owner, _, last = name.rpartition(".")
    if last in ("open", "fdopen", "ZipFile"):
        return _judge_opening(owner, last, call)
    if owner == "os":
        return name if last in OF_OS else ""
    if owner == "shutil":
        return name if last in OF_SHUTIL else ""
    if name in ("sqlite3.connect", "ctypes.CDLL"):
        return name
    of_a_path = last in OF_A_PATH and owner not in ("", "disk") and not _is_of_text(last, call)
    return last if last in FOREIGN_SAVES or of_a_path else ""


def _judge_opening(owner: str, last: str, call: ast.Call) -> str:
    if owner == "os" and last == "open":
        return f"os.open {'|'.join(_flags(call))}" if _flags(call) else ""
    places = (1,) if last in ("fdopen", "ZipFile") or owner in ("", "io") else (0, 1)
    mode = next((found for place in places if (found := _mode(call, place))), "")
    return f"{owner}.{last} {mode}".removeprefix(".") if mode else ""


def _flags(call: ast.Call) -> list[str]:
    used = {
        node.attr for argument in call.args for node in ast.walk(argument) if isinstance(node, ast.Attribute)
    }
    return sorted(used & WRITE_FLAGS)


def _mode(call: ast.Call, place: int) -> str:
    """The mode with which something is opened, if it is one that writes."""
    given = [word.value for word in call.keywords if word.arg == "mode"] + call.args[place : place + 1]
    value = given[0].value if given and isinstance(given[0], ast.Constant) else ""
    return value if isinstance(value, str) and len(value) <= 4 and set(value) & set("wax+") else ""


def _is_of_text(last: str, call: ast.Call) -> bool:
    """`str.replace` and `datetime.replace` have two arguments, or named ones; `Path.replace` has one."""
    return last == "replace" and (len(call.args) != 1 or bool(call.keywords))


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_but_the_narrow_module_writes(path: Path) -> None:
    file = path.relative_to(ROOT).as_posix()
    if file == NARROW:
        return
    found = [
        f"{file}:{line}: {call} - write through casefiles.files.publish, casefiles.files.folders or casefiles.files.scratch"
        for call, line in writing_calls(ast.parse(path.read_text(encoding="utf-8")))
        if (file, call) not in ALLOWED
    ]
    assert found == []


def test_every_exception_is_still_needed() -> None:
    used = {
        (path.relative_to(ROOT).as_posix(), call)
        for path in modules()
        for call, _line in writing_calls(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert set(ALLOWED) - used == set()


@pytest.mark.parametrize(
    "text",
    [
        "import os; os.open(p, os.O_WRONLY | os.O_CREAT)", "import os; os.fsync(h)", "from os import unlink; unlink(p)",
        "path.write_text('x')", "path.open('wb')", "path.open(mode='a')", "open(p, 'r+b')", "Path(p).mkdir()",
        "a.rename(b)", "a.replace(b)", "import shutil; shutil.move(a, b)", "from shutil import rmtree; rmtree(a)",
        "import tempfile", "from tempfile import mkdtemp", "pdf.save(p)", "import ctypes; ctypes.CDLL(None)",
        "import zipfile; zipfile.ZipFile(p, 'w')", "import os; os.fdopen(h, 'wb')", "folder.rmdir()", "f.touch()",
        "import sqlite3; sqlite3.connect(p)", "import io; io.open(p, 'x')",
    ],
)  # fmt: skip
def test_writing_is_recognised(text: str) -> None:
    assert list(writing_calls(ast.parse(text)))


@pytest.mark.parametrize(
    "text",
    [
        "import os; os.open(p, os.O_RDONLY)", "path.open('rb')", "open(p)", "'a'.replace('b', 'c')",
        "when.replace(tzinfo=UTC)", "from casefiles import disk; disk.unlink(p)", "import os; os.fdopen(h, 'rb')",
        "from PIL import Image; Image.open(p)", "import zipfile; zipfile.ZipFile(p)", "path.read_text()",
    ],
)  # fmt: skip
def test_reading_is_not(text: str) -> None:
    assert not list(writing_calls(ast.parse(text)))
