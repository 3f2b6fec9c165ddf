"""LibreOffice's cage: no connection leaves it, nothing outlives it, a bad file costs only itself."""

from __future__ import annotations

import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import docx
import pytest

from bundles.convert.base import Program
from bundles.convert.office import OfficeLimits, Walls, best_walls, to_pdf
from bundles.convert.office_profile import SETTINGS, write_profile

FILTER = "MS Word 2007 XML"
LIMITS = OfficeLimits()
pytestmark = pytest.mark.slow


@dataclass
class Listener:
    """A server on the loopback address that counts who connects."""

    port: int
    calls: list[object] = field(default_factory=list)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard = Listener(server.getsockname()[1])

        def serve() -> None:
            while True:
                try:
                    connection, address = server.accept()
                except OSError:
                    return
                heard.calls.append(address)
                connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield heard
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def full_of_links(path: Path, port: int) -> None:
    """A linked picture, template, frame, OLE object, VML picture and INCLUDEPICTURE field, all to our server."""
    docx.Document().save(str(path))
    base = f"http://127.0.0.1:{port}"
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    drawing = (
        '<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
        '<wp:extent cx="900000" cy="900000"/><wp:docPr id="1" name="p"/>'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:nvPicPr>'
        '<pic:cNvPr id="1" name="p"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:link="rId90" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/><a:stretch><a:fillRect/></a:stretch>'
        '</pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="900000" cy="900000"/></a:xfrm>'
        '<a:prstGeom prst="rect"/></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>'
        '<w:p><w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml" style="width:90pt;height:90pt">'
        f'<v:imagedata src="{base}/vml.png"/></v:shape></w:pict></w:r></w:p>'
        f'<w:p><w:fldSimple w:instr=" INCLUDEPICTURE &quot;{base}/field.png&quot; "><w:r><w:t>x</w:t></w:r></w:fldSimple></w:p>'
        "<w:p><w:r><w:t>WORDS</w:t></w:r></w:p>"
    )
    with zipfile.ZipFile(path) as package:
        members = {name: package.read(name) for name in package.namelist()}
    body = members["word/document.xml"].replace(b"<w:body>", b"<w:body>" + drawing.encode())
    members["word/document.xml"] = body
    external = "".join(
        f'<Relationship Id="rId{number}" Type="{kinds}{kind}" Target="{base}/{kind}" TargetMode="External"/>'
        for number, kind in ((90, "image"), (91, "oleObject"), (92, "frame"), (93, "subDocument"))
    )
    rels = members["word/_rels/document.xml.rels"]
    members["word/_rels/document.xml.rels"] = rels.replace(
        b"</Relationships>", f"{external}</Relationships>".encode()
    )
    members["word/_rels/settings.xml.rels"] = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{kinds}attachedTemplate" Target="{base}/t.dotm" TargetMode="External"/>'
        "</Relationships>"
    ).encode()
    settings = members["word/settings.xml"]
    members["word/settings.xml"] = settings.replace(
        b"<w:zoom",
        b'<w:attachedTemplate xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId1"/><w:zoom',
        1,
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in members.items():
            package.writestr(name, data)


@pytest.mark.parametrize("settings_alone", [True, False])
def test_no_connection_reaches_a_listening_server(
    tmp_path: Path, programs: dict[str, Program], listener: Listener, settings_alone: bool
) -> None:
    """The raw file, links uncut: with the walls, and with the profile's settings alone."""
    path = tmp_path / "links.docx"
    full_of_links(path, listener.port)
    walls = Walls((), False) if settings_alone else None
    made = to_pdf(programs["soffice"], [path], FILTER, tmp_path / "work", walls=walls)
    assert path in made
    assert listener.calls == []


def test_the_listener_would_have_heard(
    tmp_path: Path, programs: dict[str, Program], listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same file with an ordinary profile does connect: the test above can fail."""
    path = tmp_path / "links.docx"
    full_of_links(path, listener.port)
    monkeypatch.setattr("bundles.convert.office_profile.SETTINGS", ())
    to_pdf(programs["soffice"], [path], FILTER, tmp_path / "work", walls=Walls((), False))
    assert listener.calls


def test_a_file_that_fails_leaves_the_others_alone(tmp_path: Path, programs: dict[str, Program]) -> None:
    paths = [tmp_path / f"d{number}.docx" for number in range(3)]
    for path in paths:
        docx.Document().save(str(path))
    paths[1].write_bytes(bytes(range(256)) * 20)
    made = to_pdf(programs["soffice"], paths, FILTER, tmp_path / "work")
    assert sorted(made) == [paths[0], paths[2]]
    assert all(pdf.read_bytes().startswith(b"%PDF") for pdf in made.values())


def test_the_time_limit_ends_the_whole_group(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    slow = tmp_path / "soffice"
    slow.write_text(f"#!/bin/sh\nsleep 600 &\necho $! > {pid_file}\nwait\n", encoding="ascii")
    slow.chmod(0o755)
    source = tmp_path / "d.docx"
    docx.Document().save(str(source))
    limits = OfficeLimits(start_seconds=1.0, file_seconds=0.5)
    began = time.monotonic()
    assert to_pdf(Program(slow, "1"), [source], FILTER, tmp_path / "work", limits, Walls((), False)) == {}
    assert time.monotonic() - began < 20
    deadline = time.monotonic() + 10  # a kill is delivered, not awaited
    while running(int(pid_file.read_text())) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not running(int(pid_file.read_text()))


def running(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def test_the_walls_are_found_once_and_are_a_command_that_works() -> None:
    walls = best_walls(LIMITS)
    assert walls is best_walls(LIMITS)
    assert walls.no_network == ("unshare" in walls.command)


def test_the_profile_says_no_to_everything(tmp_path: Path) -> None:
    write_profile(tmp_path / "profile")
    text = (tmp_path / "profile" / "user" / "registrymodifications.xcu").read_text()
    for name in ("BlockUntrustedRefererLinks", "DisableMacrosExecution", "MacroSecurityLevel"):
        assert f'oor:name="{name}"' in text
    assert text.count("<item ") == len(SETTINGS)
    with pytest.raises(FileExistsError):
        write_profile(tmp_path / "profile")
