"""The page of failure modes: its rows are whole, and every test that it names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = (TESTS / "FAILURE_MODES.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.splitlines()
    if re.match(r"\| \d", line)
]
LINK = re.compile(r"\[(test_\w+)\]\(([\w/]+\.py)\)")


def names_in(path: Path) -> set[str]:
    """The tests that pytest finds in a file: functions of the module and of its classes."""
    nodes = list(ast.parse(path.read_text()).body)
    for node in list(nodes):
        nodes += node.body if isinstance(node, ast.ClassDef) else []
    return {
        node.name
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }


def test_every_failure_mode_has_a_row_with_its_tests() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 33))
    assert {len(row) for row in ROWS} == {4}
    for _, wrong, happens, proven in ROWS:
        assert re.fullmatch(r"\*\*[^*]+\*\*", wrong)
        assert len(happens) > 40
        links = proven.split("<br>")
        assert len(links) >= 2
        assert [link for link in links if not LINK.fullmatch(link)] == []


def test_every_test_that_the_page_names_exists() -> None:
    named = LINK.findall(PAGE)
    files = {file for _, file in named}
    found = {(name, file) for file in files for name in names_in(TESTS / file)}
    assert [link for link in named if link not in found] == []


def test_no_test_stands_for_two_rows() -> None:
    """A name that fits two rows is the sentence of neither."""
    named = [name for name, _ in LINK.findall(PAGE)]
    assert sorted(set(named)) == sorted(named)


def test_every_note_is_referred_to_and_told() -> None:
    told = re.findall(r"^- \((\w)\)", PAGE, re.MULTILINE)
    referred = re.findall(r" \((\w)\)", "".join(row[2] for row in ROWS))
    assert told == sorted(set(referred)) == sorted(set(told))


def test_the_readme_leads_here() -> None:
    assert "](tests/FAILURE_MODES.md)" in (TESTS.parent / "README.md").read_text()
