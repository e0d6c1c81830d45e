"""Plain text: the whole object is the article."""

from collections.abc import Iterator

from transforms.parsing import media
from transforms.parsing.decoding import decode, settle_line_ends
from transforms.parsing.draft import Draft
from transforms.parsing.refusal import Refusal
from transforms.parsing.settings import ParseSettings


def parse_plain(content: bytes, settings: ParseSettings) -> Iterator[Draft | Refusal]:
    """Yield the one article of a text file."""
    text, notes = decode(content, settings.limits)
    yield Draft(text=settle_line_ends(text), media_type=media.TEXT, notes=notes)
