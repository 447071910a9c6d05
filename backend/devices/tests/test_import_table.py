"""Reading CSV files: what people and spreadsheets write, and words for what cannot be read."""

from __future__ import annotations

import pytest

from devices.importing.table import Columns, Fault, NotATable, Row, rows_of, text_of

COLUMNS = Columns(frozenset({"hostname", "site"}), frozenset({"port", "key"}), frozenset({"serial"}))


def rows(text: str) -> list[Row | Fault]:
    return list(rows_of(text, COLUMNS))


@pytest.mark.parametrize(
    "text",
    [
        "hostname,site\nr1,Oslo\n",
        "site;hostname\r\nOslo;r1\r\n",
        "hostname\tsite\nr1\tOslo",
        ' Hostname , SITE \n" r1","Oslo"\n\n , \n',
        "hostname,serial,site\nr1,X,Oslo\n",
    ],
)
def test_rows_are_read_as_people_write_them(text: str) -> None:
    assert rows(text) == [Row(2, {"hostname": "r1", "site": "Oslo"})]


def test_a_cell_over_several_lines_counts_its_lines() -> None:
    text = 'hostname,site,key\nr1,Oslo,"a\nb\nc"\nr2,Oslo,d\n'
    assert [(row.line, row.cells["key"]) for row in rows(text) if isinstance(row, Row)] == [(2, "a\nb\nc"), (5, "d")]


def test_a_line_with_other_cells_than_columns_is_a_fault_and_the_next_one_is_read() -> None:
    first, second = rows("hostname,site\nr1\nr2,Oslo\n")
    assert first == Fault(2, "", "1 cells, but the first line names 2 columns.")
    assert second == Row(3, {"hostname": "r2", "site": "Oslo"})


def test_what_an_export_made_harmless_is_read_as_it_was() -> None:
    assert rows("hostname,site\nr1,'=Oslo\n") == [Row(2, {"hostname": "r1", "site": "=Oslo"})]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, ""),
        ("\n\n", 1, ""),
        ("hostname,site,colour\n", 1, "colour"),
        ("hostname,site,site\n", 1, "site"),
        ("hostname\n", 1, "site"),
        ('hostname,site\nr1,"Oslo\n', 2, ""),
        ('hostname,site\nr1,Oslo\nr2,"Os"lo\n', 3, ""),
        (",".join(["x"] * 60), 1, ""),
    ],
)
def test_what_is_no_table_is_told_by_line_and_column(text: str, line: int, column: str) -> None:
    with pytest.raises(NotATable) as error:
        rows(text)
    assert error.value.faults[0][:2] == (line, column)


@pytest.mark.parametrize(("content", "line"), [(b"hostname\nr\xff", 2), (b"a\nb\nc\0", 3)])
def test_what_is_no_text_is_told_by_line(content: bytes, line: int) -> None:
    with pytest.raises(NotATable) as error:
        text_of(content)
    assert error.value.faults[0].line == line


def test_a_byte_order_mark_is_no_column() -> None:
    assert text_of("\ufeffhostname".encode()) == "hostname"
