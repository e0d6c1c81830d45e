"""The page on formats names every media type that is read, and every flag of a date."""

import re
from pathlib import Path

from transforms.parsing import media
from transforms.parsing.dates import DATE_FLAGS
from transforms.parsing.registry import PARSERS


def test_every_format_has_its_row(repository: Path) -> None:
    page = (repository / "docs" / "formats.md").read_text()
    assert sorted(re.findall(r"^\|[^|]+\| `([\w.+-]+/[\w.+-]+)` \|", page, re.M)) == sorted({*PARSERS, media.NINJS})


def test_every_flag_of_a_date_is_named(repository: Path) -> None:
    page = (repository / "docs" / "formats.md").read_text()
    assert [flag for flag in DATE_FLAGS if f"`{flag}`" not in page] == []
