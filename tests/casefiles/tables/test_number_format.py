"""Number formats: each line as Excel shows it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.tables.number_format import Value, shown_value

NINE = datetime(2025, 9, 3, 9, 5, 7)


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (None, "General", ""),
        (True, "General", "TRUE"),
        (12, "General", "12"),
        (0.1 + 0.2, "General", "0.3"),
        (-4.5, "General", "-4.5"),
        (801234567890123, "General", "801234567890123"),
        (0.914, "0%", "91%"),
        (0.9146, "0.0%", "91.5%"),
        (0.005, "0%", "1%"),
        (1.005, "0.00", "1.01"),
        (2.5, "0", "3"),
        (-0.2, "0", "0"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (0, "#,##0", "0"),
        (0, "#", ""),
        (-1234, "#,##0;(#,##0)", "(1,234)"),
        (-12, "#,##0_);[Red](#,##0)", "(12)"),
        (12, "£#,##0.00", "£12.00"),
        (-12.5, "[$£-809]#,##0.00", "-£12.50"),
        (12.5, '"£"#,##0.00;[Red]-"£"#,##0.00', "£12.50"),
        (7, "000", "007"),
        (1234567, "0.0,,", "1.2"),
        (20250903, "00-00-0000", "20-25-0903"),
        (0, "0;-0;\\-", "-"),
        (5, ";;;", ""),
        ("secret", ";;;", ""),
        ("words", "General", "words"),
        ("words", '0;-0;0;"said: "@', "said: words"),
        (12345, "0.00E+00", "1.23E+04"),
        (9.999, "0.0E+00", "1.0E+01"),
        (0.00012, "0.0E+00", "1.2E-04"),
        (1.25, "# ?/?", "1 1/4"),
        (150, '[>100]"many";0', "many"),
        (50, '[>100]"many";0', "50"),
        (0.5, '0.0" days"', "0.5 days"),
        (1.5, "0.##", "1.5"),
        (5, "dd/mm/yyyy", "5"),
        (NINE, "dd/mm/yyyy", "03/09/2025"),
        (NINE, "d mmm yy", "3 Sep 25"),
        (NINE, "dddd, d mmmm yyyy", "Wednesday, 3 September 2025"),
        (NINE, "ddd", "Wed"),
        (NINE, "dd/mm/yyyy hh:mm", "03/09/2025 09:05"),
        (NINE, "h:mm AM/PM", "9:05 AM"),
        (NINE, "mm:ss", "05:07"),
        (NINE, "mm-dd-yy", "09-03-25"),
        (NINE, "[$-809]dd mmmm yyyy;@", "03 September 2025"),
        (NINE, "General", "2025-09-03 09:05:07"),
        (date(2025, 1, 31), "dd/mm/yyyy", "31/01/2025"),
        (time(15, 30), "hh:mm", "15:30"),
        (timedelta(hours=26, minutes=5), "[h]:mm", "26:05"),
        (datetime(2025, 9, 3, 23, 59, 59, 700_000), "dd/mm/yyyy", "03/09/2025"),
        (datetime(2025, 9, 3, 23, 59, 59, 700_000), "hh:mm", "23:59"),
        (datetime(2025, 9, 3, 10, 59, 59, 700_000), "hh:mm:ss", "11:00:00"),
        (timedelta(seconds=75.25), "mm:ss.00", "01:15.25"),
    ],
)
def test_as_excel_shows_it(value: Value, code: str, shown: str) -> None:
    assert shown_value(value, code) == shown


@given(st.floats() | st.integers(), st.text(alphabet='0#?.,%E+-/;[]"\\_*@hmsdyGeneral>£ ', max_size=20))
def test_any_format_shows_something_and_never_fails(value: float, code: str) -> None:
    assert isinstance(shown_value(value, code), str)


@given(
    st.datetimes(datetime(1900, 3, 1), datetime(9999, 12, 30)),
    st.text(alphabet='hmsdyAMP/0.:[]"\\', max_size=20),
)
def test_any_date_format_shows_something(value: datetime, code: str) -> None:
    assert isinstance(shown_value(value, code), str)


@given(st.integers(-(10**14), 10**14))
def test_a_whole_number_keeps_its_digits(number: int) -> None:
    assert shown_value(number, "#,##0").replace(",", "") == str(number)
    assert shown_value(number, "General") == str(number)
