"""Raw bytes to raw articles: objects cut into records, records read by the module of their format."""

from transforms.parsing.document import parse_document
from transforms.parsing.settings import ParseSettings, parse_field_overrides

__all__ = ["ParseSettings", "parse_document", "parse_field_overrides"]
