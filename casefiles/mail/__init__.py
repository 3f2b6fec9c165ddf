"""Messages as evidence: one reader, that intake takes apart with and the bundle is drawn from."""

from __future__ import annotations

from casefiles.intake.kinds import Kind
from casefiles.mail.model import Mail


def read_message(data: bytes, kind: Kind) -> Mail:
    """Read a message of either kind: an e-mail file, or one that Outlook saved.

    Raises:
        ValueError: it is no message, or too broken to be read.
        RecursionError: its parts are nested too deep.
    """
    if kind is Kind.OUTLOOK:
        from casefiles.mail.outlook import read_outlook

        return read_outlook(data)
    from casefiles.mail.mime import read_mail

    return read_mail(data)
