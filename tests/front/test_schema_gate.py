"""The gate of the schema: what it refuses, what it lets pass, and when."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tools.schema_gate import (
    PERIOD,
    RELEASED,
    ROOT,
    SCHEMA,
    Findings,
    GateError,
    as_released,
    compare,
    main,
)

RELEASED_ON = date(2026, 11, 26)
TODAY = date(2027, 6, 1)
SMALL = """
"All that can be asked."
type Query {
  "One invoice." invoice("Its id." id: ID!, "Its number." number: String): Invoice
  "What was found." found: Found
  "A sum." sum("How." by: Way): Int!
}
"What is owed."
interface Owed {
  "How much." due: Int!
}
"A bill."
type Invoice implements Owed {
  "How much is due." due: Int!
  "How it stands." status: Status!
  "What was booked." ledger: Ledger
}
"A book."
type Ledger {
  "Its lines." lines: [Line!]!
}
"A line of a book."
type Line {
  "What it says." text: String!
}
"Nothing."
type Nothing {
  "Why." reason: String!
}
"What a search finds."
union Found = Invoice | Nothing
"How an invoice stands."
enum Status {
  "Unpaid." DUE
  "Paid." PAID
}
"How a sum is made."
input Way {
  "Whose." account: ID
  "Of which year." year: Int
}
"""


def changed(sdl: str, *edits: tuple[str, str]) -> str:
    """A schema after edits, each of which must find its place once."""
    for old, new in edits:
        assert sdl.count(old) == 1, old
        sdl = sdl.replace(old, new)
    return sdl


def check(*edits: tuple[str, str], released: str = SMALL, today: date = TODAY) -> Findings:
    """What the gate says to edits of the released schema."""
    return compare(as_released(released, RELEASED_ON), changed(released, *edits), today)


def test_a_schema_without_a_change_passes() -> None:
    assert check() == Findings((), ())


def test_todays_schema_passes() -> None:
    released, current = RELEASED.read_text(encoding="utf-8"), SCHEMA.read_text(encoding="utf-8")
    assert compare(released, current, datetime.now(UTC).date()).refused == ()


FOUND = '  "What was found." found: Found\n'
NUMBER = ', "Its number." number: String'
PAID = '  "Paid." PAID\n'
YEAR = '  "Of which year." year: Int\n'

BREAKING = {
    "a field is gone": ((FOUND, ""), "Field Query.found was removed."),
    "a field has another type": (
        ("by: Way): Int!", "by: Way): String!"),
        "Field Query.sum changed type from Int! to String!.",
    ),
    "a field may be null": (
        ("status: Status!", "status: Status"),
        "Field Invoice.status changed type from Status! to Status.",
    ),
    "an argument is gone": ((NUMBER, ""), "Argument Query.invoice(number:) was removed."),
    "an argument is required": (
        ("number: String", "number: String!"),
        "Argument Query.invoice(number:) has changed type from String to String!.",
    ),
    "a new argument is required": (
        ("number: String", 'number: String, "Its day." day: Int!'),
        "A required argument Query.invoice(day:) was added.",
    ),
    "an enum value is gone": ((PAID, ""), "Enum value Status.PAID was removed."),
    "a member of a union is gone": (
        ("= Invoice | Nothing", "= Invoice"),
        "Nothing was removed from union type Found.",
    ),
    "an interface is gone": (
        ("Invoice implements Owed", "Invoice"),
        "Invoice no longer implements interface Owed.",
    ),
    "an input field is gone": ((YEAR, ""), "Field Way.year was removed."),
    "an input field is required": (
        ("year: Int", "year: Int!"),
        "Field Way.year changed type from Int to Int!.",
    ),
    "an input takes one field at a time": (("input Way", "input Way @oneOf"), "Way became @oneOf."),
    "an input is text": (
        ('input Way {\n  "Whose." account: ID\n  "Of which year." year: Int\n}', "scalar Way"),
        "Way changed from an Input type to a Scalar type.",
    ),
}


@pytest.mark.parametrize(("edit", "words"), BREAKING.values(), ids=list(BREAKING))
def test_a_breaking_change_is_refused(edit: tuple[str, str], words: str) -> None:
    assert check(edit).refused == (words,)


def test_a_type_that_has_another_name_is_refused() -> None:
    renamed = compare(as_released(SMALL, RELEASED_ON), SMALL.replace("Ledger", "Book"), TODAY)
    assert set(renamed.refused) == {
        "Ledger was removed.",
        "Field Invoice.ledger changed type from Ledger to Book.",
    }


def test_additions_pass_and_those_that_surprise_clients_are_told() -> None:
    found = check(
        ('"How it stands."', '"New." extra: Int "How it stands."'),
        ("number: String", 'number: String, "Its day." day: Int'),
        (PAID, f'{PAID}  "Given up." VOID\n'),
        (YEAR, f'{YEAR}  "Of which month." month: Int\n'),
        ("= Invoice | Nothing", "= Invoice | Nothing | Line"),
        ('"Nothing."', '"New." type New { "An id." id: ID! }\n"Nothing."'),
    )
    assert found.refused == ()
    assert found.told == (
        "An optional argument Query.invoice(day:) was added.",
        "Line was added to union type Found.",
        "Enum value Status.VOID was added.",
        "An optional field Way.month was added.",
    )


# Deprecation

ANNOUNCED = {
    "a field": ("found: Found", FOUND, "invoice", "Field Query.found was removed."),
    "an argument": (
        "number: String",
        NUMBER,
        "id",
        "Argument Query.invoice(number:) was removed.",
    ),
    "an enum value": ('"Paid." PAID', PAID, "DUE", "Enum value Status.PAID was removed."),
    "an input field": ("year: Int", YEAR, "account", "Field Way.year was removed."),
}


def marked(text: str, place: str, reason: str) -> str:
    """A schema, or a part of it, in which something is deprecated."""
    return changed(text, (place, f'{place} @deprecated(reason: "{reason}")'))


@pytest.mark.parametrize(
    ("place", "part", "instead", "words"), ANNOUNCED.values(), ids=list(ANNOUNCED)
)
def test_what_was_announced_long_enough_ago_may_go(
    place: str, part: str, instead: str, words: str
) -> None:
    for days, refused in ((PERIOD.days - 1, (words,)), (PERIOD.days, ()), (400, ())):
        reason = f"Use `{instead}` instead, since {TODAY - timedelta(days=days)}."
        removal = (marked(part, place, reason), "")
        assert check(removal, released=marked(SMALL, place, reason)).refused == refused


@pytest.mark.parametrize(
    "reason",
    ["", "Use `invoice`.", "Use `invoice`, since 2026.", "Use `invoice`, since 2026-13-01."],
)
def test_an_announcement_without_a_day_never_ends(reason: str) -> None:
    released = marked(SMALL, "found: Found", reason)
    found = check((marked(FOUND, "found: Found", reason), ""), released=released)
    assert found.refused == ("Field Query.found was removed.",)


LONG_AGO = "Use `due` instead, since 2026-12-01."


def test_what_was_announced_may_not_change_in_another_way() -> None:
    released = marked(SMALL, "ledger: Ledger", LONG_AGO)
    found = check(("ledger: Ledger", "ledger: Line"), released=released)
    assert found.refused == ("Field Invoice.ledger changed type from Ledger to Line.",)


LEDGER_TYPES = SMALL[SMALL.index('"A book."') : SMALL.index('"Nothing."')]
WITH_LEDGER = marked(SMALL, "ledger: Ledger", LONG_AGO)
LEDGER = marked('  "What was booked." ledger: Ledger\n', "ledger: Ledger", LONG_AGO)


def test_types_go_with_the_last_field_that_leads_to_them() -> None:
    removal = ((LEDGER, ""), (LEDGER_TYPES, ""))
    assert check(*removal, released=WITH_LEDGER).refused == ()
    early = check(*removal, released=WITH_LEDGER, today=date(2027, 2, 1))
    assert set(early.refused) == {
        "Field Invoice.ledger was removed.",
        "Ledger was removed.",
        "Line was removed.",
    }


def test_a_type_that_something_else_leads_to_stays() -> None:
    released = changed(WITH_LEDGER, ("= Invoice | Nothing", "= Invoice | Nothing | Ledger"))
    removal = ((LEDGER, ""), (LEDGER_TYPES, ""), (" | Ledger", ""))
    assert set(check(*removal, released=released).refused) == {
        "Ledger was removed.",
        "Line was removed.",
        "Ledger was removed from union type Found.",
    }


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("Use `invoice` instead, since 2027-05-01.", None),
        ("Use `Invoice.due` instead, since 2026-11-26.", None),
        ("Use `Query.invoice(number:)` instead, since 2027-06-01.", None),
        ("Use `invoice` instead.", "is deprecated without a date: say `since YYYY-MM-DD`."),
        ("since 2027-05-01.", "is deprecated without a replacement in backticks."),
        ("Use invoice, since 2027-05-01.", "is deprecated without a replacement in backticks."),
        ("Use `nothing`, since 2027-05-01.", "is deprecated without a replacement in backticks."),
        ("Use `found`, since 2027-05-01.", "is deprecated without a replacement in backticks."),
        (
            "Use `invoice`, since 2026-11-25.",
            "is deprecated since 2026-11-25: the day is not of this release.",
        ),
        (
            "Use `invoice`, since 2027-06-02.",
            "is deprecated since 2027-06-02: the day is not of this release.",
        ),
    ],
)
def test_an_announcement_names_a_day_of_this_release_and_what_comes_instead(
    reason: str, words: str | None
) -> None:
    found = compare(as_released(SMALL, RELEASED_ON), marked(SMALL, "found: Found", reason), TODAY)
    assert found.refused == ((f"Query.found {words}",) if words else ())


def test_a_required_argument_cannot_be_announced() -> None:
    mark = '@deprecated(reason: "Use `number` instead, since 2027-05-01.")'
    found = check(("id: ID!,", f"id: ID! {mark},"))
    assert found.refused == ("Required argument Query.invoice(id:) cannot be deprecated.",)


# Descriptions


PLACES = [found.span() for found in re.finditer(r'"[^"]+"', SMALL)]


@pytest.mark.parametrize(("start", "end"), PLACES)
def test_everything_has_a_description(start: int, end: int) -> None:
    bare = SMALL[:start] + SMALL[end:]
    (words,) = compare(as_released(SMALL, RELEASED_ON), bare, TODAY).refused
    assert words.endswith(" has no description.")


def test_what_lacks_a_description_is_named() -> None:
    assert check(('"Its number."', ""), ('"Paid."', '" "'), ('"A book."', "")).refused == (
        "Query.invoice(number:) has no description.",
        "Ledger has no description.",
        "Status.PAID has no description.",
    )


# The command


def files(folder: Path, current: str) -> list[str]:
    released, schema = folder / "released.graphql", folder / "schema.graphql"
    released.write_text(as_released(SMALL, RELEASED_ON))
    schema.write_text(current)
    return ["--schema", str(schema), "--released", str(released)]


def test_the_command_refuses_a_scripted_breaking_change_of_the_real_schema(tmp_path: Path) -> None:
    sdl = SCHEMA.read_text(encoding="utf-8")
    broken = re.sub(r"(?m)^  amountDue: Money!$", "  amountDue: Money", sdl)
    assert broken != sdl
    path = tmp_path / "schema.graphql"
    path.write_text(broken, encoding="utf-8")
    command = [sys.executable, "-m", "tools.schema_gate", "check"]
    done = subprocess.run([*command, "--schema", path], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "")
    assert "refused  Field Invoice.amountDue changed type from Money! to Money.\n" in done.stdout
    clean = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert clean.returncode == 0
    assert "refused" not in clean.stdout


def test_a_release_is_what_is_compared_with_from_then_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    added = changed(SMALL, (PAID, f'{PAID}  "Given up." VOID\n'))
    arguments = files(tmp_path, added)
    assert main(["release", *arguments]) == 0
    assert capsys.readouterr().out == "told     Enum value Status.VOID was added.\n"
    today = datetime.now(UTC).date()
    assert (tmp_path / "released.graphql").read_text() == as_released(added, today)
    assert main(["check", *arguments]) == 0
    assert capsys.readouterr().out == ""
    (tmp_path / "schema.graphql").write_text(SMALL)
    assert main(["check", *arguments]) == 1


def test_what_is_refused_is_not_released(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = files(tmp_path, changed(SMALL, ("status: Status!", "status: Status")))
    assert main(["release", *arguments]) == 1
    assert "refused  Field Invoice.status changed type" in capsys.readouterr().out
    assert (tmp_path / "released.graphql").read_text() == as_released(SMALL, RELEASED_ON)


@pytest.mark.parametrize(
    ("released", "current", "words"),
    [
        (as_released(SMALL, RELEASED_ON), "type {", "the schema: Syntax Error"),
        ("type {", SMALL, "the released schema: Syntax Error"),
        (SMALL, SMALL, "begins with a line like # Released on"),
        (f"# Released on 2026-02-30.\n{SMALL}", SMALL, "begins with a line like # Released on"),
    ],
)
def test_what_cannot_be_read_is_said(released: str, current: str, words: str) -> None:
    with pytest.raises(GateError, match=words):
        compare(released, current, TODAY)


def test_the_policy_says_what_the_gate_does() -> None:
    policy = (RELEASED.parent.parent / "DEPRECATION.md").read_text(encoding="utf-8")
    assert f"**{PERIOD.days} days**" in policy
    (reason,) = re.findall(r'@deprecated\(reason: "(.+)"\)', policy)
    told = marked(SMALL, "found: Found", reason.replace("balanceDue", "invoice"))
    assert compare(as_released(SMALL, RELEASED_ON), told, TODAY).refused == ()


def test_a_schema_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--released", str(tmp_path / "absent.graphql")]) == 2
    assert "absent.graphql" in capsys.readouterr().err
