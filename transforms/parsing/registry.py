"""Which module reads which media type: the one list of formats."""

from collections.abc import Callable, Iterator

from transforms.parsing import media
from transforms.parsing.draft import Draft
from transforms.parsing.html_page import parse_page
from transforms.parsing.json_articles import parse_json, parse_json_line
from transforms.parsing.plain import parse_plain
from transforms.parsing.refusal import Refusal
from transforms.parsing.settings import ParseSettings

Parser = Callable[[bytes, ParseSettings], Iterator[Draft | Refusal]]
"""Reads one record's bytes: yields its articles, and refusals for parts of it; raises `Refusal` for all of it."""

PARSERS: dict[str, Parser] = {
    media.TEXT: parse_plain,
    media.HTML: parse_page,
    media.JSON: parse_json,
    media.JSON_LINES: parse_json_line,
}
