"""What the docs show runs, and gives the answers they print: on an output made from the examples, block by block.

A page's blocks run in order and share their names and their DuckDB connection. A `python` block is compared with the
`text` block behind it, an `sql` block with the table behind it. `make docs` writes the answers anew; read the diff.
"""

import contextlib
import io
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from rich import box
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table

PAGES = ("README.md", "docs/query.md", "docs/replay.md")
BLOCK = re.compile(
    r"^```(?P<language>\w+)\n(?P<code>.*?)^```\n(?P<answer>\n```text\n.*?^```\n|\n(?:\|[^\n]*\n)+)?", re.M | re.S
)
CELL_CHARS = 110
PICTURE = "docs/images/answer.svg"


@pytest.fixture(scope="module")
def reader_folder(repository: Path, examples_output: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a reader of the docs has it after `make demo`."""
    folder = tmp_path_factory.mktemp("reader")
    shutil.copytree(examples_output, folder / "out" / "demo")
    shutil.copytree(repository / "docs", folder / "docs")
    return folder


@pytest.fixture
def wire(reader_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[duckdb.DuckDBPyConnection]:
    monkeypatch.chdir(reader_folder)
    with duckdb.connect() as connection:
        connection.execute((reader_folder / "docs" / "views.sql").read_text())
        yield connection


def as_table(cursor: duckdb.DuckDBPyConnection) -> str:
    """The rows as a Markdown table."""
    heads = [column[0] for column in cursor.description]
    rows = [[shorten(cell) for cell in row] for row in cursor.fetchall()]
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def shorten(cell: object) -> str:
    text = " ".join(str("" if cell is None else cell).split()).replace("|", r"\|")
    return text if len(text) <= CELL_CHARS else text[: CELL_CHARS - 1] + "…"


def run_block(language: str, code: str, names: dict[str, object], wire: duckdb.DuckDBPyConnection) -> str | None:
    if language == "sql":
        return as_table(wire.execute(code))
    if language == "python":
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "docs", "exec"), names)
        return f"\n```text\n{printed.getvalue()}```\n"
    return None


@pytest.mark.parametrize("page", PAGES)
def test_every_block_gives_the_answer_that_the_page_prints(
    page: str, repository: Path, wire: duckdb.DuckDBPyConnection
) -> None:
    text = (repository / page).read_text()
    names: dict[str, object] = {}
    renewed: list[str] = []
    at = 0
    for block in BLOCK.finditer(text):
        answer = run_block(block["language"], block["code"], names, wire)
        has_one = block["answer"] and (block["language"] == "sql" or block["answer"].startswith("\n```text"))
        if answer is not None and (block["language"] == "sql" or has_one):
            renewed += [text[at : block.start()], f"```{block['language']}\n{block['code']}```\n", answer]
            at = block.end()
    renewed.append(text[at:])
    if os.environ.get("WIRECOPY_RENEW_DOCS"):
        (repository / page).write_text("".join(renewed))
    elif "".join(renewed) != text:
        assert "".join(renewed) == text, f"{page} prints other answers; renew them with `make docs` and read the diff"


def picture_of_the_answer(code: str, wire: duckdb.DuckDBPyConnection) -> str:
    """A question and its answer as a terminal would show them, as SVG that loads nothing."""
    cursor = wire.execute(code)
    console = Console(record=True, width=112, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Syntax(code.strip(), "sql", theme="ansi_dark", background_color="default"), "")
    grid = Table(header_style="bold", box=box.SIMPLE_HEAD)
    for head, *_ in cursor.description:
        grid.add_column(head)
    for row in cursor.fetchall():
        grid.add_row(*map(str, row))
    console.print(grid)
    drawn = console.export_svg(title="wirecopy: who was quoted most?", unique_id="answer")
    return re.sub(r"\s*@font-face \{.*?\}", "", drawn, flags=re.S)


def test_the_picture_of_the_answer_is_that_of_the_first_recipe(
    repository: Path, wire: duckdb.DuckDBPyConnection
) -> None:
    readme = (repository / "README.md").read_text()
    assert f"]({PICTURE})" in readme
    (code,) = re.findall(r"^```sql\n(.*?)^```", readme, re.M | re.S)
    drawn = picture_of_the_answer(code, wire)
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "").replace("https://www.textualize.io", "")
    if os.environ.get("WIRECOPY_RENEW_DOCS"):
        (repository / PICTURE).write_text(drawn)
    else:
        assert drawn == (repository / PICTURE).read_text(), "renew it with `make docs`"


def test_links_between_pages_lead_somewhere(repository: Path) -> None:
    pages = [*repository.glob("*.md"), *(repository / "docs").rglob("*.md"), *(repository / "examples").glob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!https?://|#|mailto:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_target_that_the_docs_name_is_in_the_makefile(repository: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (repository / "Makefile").read_text(), re.M))
    for page in [*repository.glob("*.md"), *(repository / "docs").rglob("*.md")]:
        for name in re.findall(r"`(?:[A-Z_]+=\S+ )?make ([a-z-]+)", page.read_text()):
            assert name in targets, f"{page.name} names `make {name}`"


def test_every_column_that_the_pages_describe_exists(repository: Path) -> None:
    from schemas.tables import TABLES

    page = (repository / "docs" / "tables.md").read_text()
    described = re.findall(r"^### `(\w+)`\n(.*?)(?=^### |\Z)", page, re.M | re.S)
    assert [name for name, _ in described] == sorted(TABLES, key=list(dict(described)).index)
    for name, body in described:
        columns = re.findall(r"^\| `(\w+)`", body, re.M)
        common = re.findall(r"^\| `(\w+)`", page.split("### ")[0], re.M)
        assert [*columns] == [column for column in TABLES[name].names if column not in common], name
