"""The LibreOffice user profile that every conversion starts with: nothing runs, nothing is fetched.

Source: LibreOffice's configuration schema, `officecfg/registry/schema/org/openoffice/Office/*.xcs`.
"""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from casefiles.files.scratch import make_scratch_folder, write_scratch

_COMMON = "/org.openoffice.Office.Common"
_SCRIPTING = f"{_COMMON}/Security/Scripting"
_PDF = f"{_COMMON}/Filter/PDF/Export"
_PROXY = "/org.openoffice.Inet/Settings"
_NEVER = "2"  # of Update/Link: 0 always, 1 on request, 2 never
_NO_RECALCULATION = "1"  # of Formula/Load: 0 always, 1 never, 2 ask
_HIGHEST_LEVEL = "3"
_DEAD_PORT = "9"  # a proxy that nobody runs: whatever still asks for an address gets none

SETTINGS: tuple[tuple[str, str, str], ...] = (
    (_SCRIPTING, "BlockUntrustedRefererLinks", "true"),
    (_SCRIPTING, "DisableMacrosExecution", "true"),
    (_SCRIPTING, "MacroSecurityLevel", _HIGHEST_LEVEL),
    (_SCRIPTING, "WarnSaveOrSendDoc", "false"),
    ("/org.openoffice.Office.Writer/Content/Update", "Link", _NEVER),
    ("/org.openoffice.Office.Writer/Content/Update", "Field", "false"),
    ("/org.openoffice.Office.Writer/Content/Update", "Chart", "false"),
    ("/org.openoffice.Office.Calc/Content/Update", "Link", _NEVER),
    ("/org.openoffice.Office.Calc/Formula/Load", "OOXMLRecalcMode", _NO_RECALCULATION),
    ("/org.openoffice.Office.Calc/Formula/Load", "ODFRecalcMode", _NO_RECALCULATION),
    (_PROXY, "ooInetProxyType", "2"),
    (_PROXY, "ooInetHTTPProxyName", "127.0.0.1"),
    (_PROXY, "ooInetHTTPProxyPort", _DEAD_PORT),
    (_PROXY, "ooInetHTTPSProxyName", "127.0.0.1"),
    (_PROXY, "ooInetHTTPSProxyPort", _DEAD_PORT),
    (_PROXY, "ooInetNoProxy", ""),
    ("/org.openoffice.Office.Java/VirtualMachine", "Enable", "false"),
    (f"{_COMMON}/Misc", "FirstRun", "false"),
    (f"{_COMMON}/Misc", "CrashReport", "false"),
    (f"{_COMMON}/Misc", "UseLocking", "false"),
    ("/org.openoffice.Setup/L10N", "ooSetupSystemLocale", "en-GB"),
    ("/org.openoffice.Setup/Office", "ooSetupInstCompleted", "true"),
    (_PDF, "ExportFormFields", "false"),
    (_PDF, "ExportNotes", "false"),
    (_PDF, "ExportNotesPages", "false"),
    (_PDF, "ExportHiddenSlides", "false"),
    (_PDF, "ExportBookmarks", "true"),
    (_PDF, "UseTaggedPDF", "false"),
    (_PDF, "ReduceImageResolution", "true"),
    (_PDF, "ImageResolution", "300"),
    (_PDF, "Quality", "90"),
)


def write_profile(folder: Path) -> None:
    """Write a fresh profile below `folder`, which must not exist.

    Raises:
        OSError: it cannot be written, or is there already.
    """
    user = folder / "user"
    if user.exists():
        raise FileExistsError(f"a LibreOffice profile is there already: {user}")
    make_scratch_folder(user)
    items = "".join(
        f"<item oor:path={quoteattr(path)}><prop oor:name={quoteattr(name)} oor:op=\"fuse\">"
        f"<value>{escape(value)}</value></prop></item>\n"
        for path, name, value in SETTINGS
    )  # fmt: skip
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
        f"{items}</oor:items>\n"
    )
    write_scratch(user / "registrymodifications.xcu", text.encode())
