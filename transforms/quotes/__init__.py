"""Who said what: direct, mixed and indirect quotations of an article with their speakers, as pure functions."""

from transforms.quotes.article import find_quotes
from transforms.quotes.needs import COMPONENTS, needs_parse

__all__ = ["COMPONENTS", "find_quotes", "needs_parse"]
