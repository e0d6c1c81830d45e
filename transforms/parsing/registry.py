"""Which module reads which media type: the one list of formats."""

from collections.abc import Callable, Iterator

from transforms.parsing import media
from transforms.parsing.anpa1312 import parse_anpa1312
from transforms.parsing.draft import Draft
from transforms.parsing.feed import parse_feed
from transforms.parsing.html_page import parse_page
from transforms.parsing.iptc7901 import parse_iptc7901
from transforms.parsing.json_articles import parse_json, parse_json_line
from transforms.parsing.newsml_1 import parse_newsml_1
from transforms.parsing.newsml_g2 import parse_newsml_g2
from transforms.parsing.nitf import parse_nitf
from transforms.parsing.plain import parse_plain
from transforms.parsing.refusal import Refusal
from transforms.parsing.settings import ParseSettings
from transforms.parsing.warc import parse_warc_record
from transforms.parsing.xml_any import parse_any_xml

Parser = Callable[[bytes, ParseSettings], Iterator[Draft | Refusal]]
"""Reads one record's bytes: yields its articles, and refusals for parts of it; raises `Refusal` for all of it."""

PARSERS: dict[str, Parser] = {
    media.TEXT: parse_plain,
    media.HTML: parse_page,
    media.JSON: parse_json,
    media.JSON_LINES: parse_json_line,
    media.NEWSML_G2: parse_newsml_g2,
    media.NEWSML_1: parse_newsml_1,
    media.NITF: parse_nitf,
    media.XML: parse_any_xml,
    media.RSS: parse_feed,
    media.ATOM: parse_feed,
    media.IPTC_7901: parse_iptc7901,
    media.ANPA_1312: parse_anpa1312,
    media.WARC: parse_warc_record,
}
