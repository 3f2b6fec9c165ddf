"""A finding's commands can be made ready to be typed."""

from casefiles.findings import Finding, Severity

REMEDY = "`casebinder decide CASE --unlock FILE` asks; PROFILE and CASES stay"


def test_commands_name_the_case_and_the_file() -> None:
    found = Finding("a-code", Severity.ERROR, "evidence/it's here.pdf", "m", REMEDY)
    assert found.naming("2026-0042", "abcd1234").remedy == (
        "`casebinder decide 2026-0042 --unlock abcd1234` asks; PROFILE and CASES stay"
    )
    assert """--unlock 'evidence/it'"'"'s here.pdf'`""" in found.naming("2026-0042").remedy
    assert found.naming("a b").subject == found.subject
    assert "decide 'a b' " in found.naming("a b").remedy
