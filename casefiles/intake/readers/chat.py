"""Facts of an exported chat: its words for search, and what the export left out."""

from __future__ import annotations

from casefiles.findings import Severity
from casefiles.intake.facts import FileFacts, Reading
from casefiles.intake.kinds import guess_charset
from casefiles.intake.limits import size_in_words
from casefiles.intake.readers.chat_lines import read_chat
from casefiles.intake.readers.text import charset_guessed
from casefiles.search.page_text import whole

MAX_BYTES = 16 << 20


def read(reading: Reading) -> FileFacts:
    """Read the chat's words and say what is not in the file.

    Raises:
        OSError: the file cannot be read.
    """
    if reading.path.stat().st_size > MAX_BYTES:
        message = f"this chat is larger than {size_in_words(MAX_BYTES)}"
        return reading.held("chat-too-large", message, "Export the part that matters, and file that")
    charset = guess_charset(reading.path)
    if charset is None:
        return reading.held("chat-damaged", "the chat cannot be read as text in any charset we know")
    text = reading.path.read_bytes().decode(charset)
    chat = read_chat(text)
    findings = [charset_guessed(reading)] if charset == "cp1252" else []
    if chat.omitted:
        findings.append(
            reading.finding(
                "chat-media-omitted",
                Severity.WARNING,
                f"The chat was exported without its pictures, films and recordings: {chat.omitted} are missing",
                "Ask for it to be exported again with media, and drop them too",
            )
        )
    return reading.readable(texts=whole(text), findings=findings)
