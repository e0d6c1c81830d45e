"""Cleaning: residue of the web and the wire leaves the text as typed edits, and what it tells goes into fields."""

from transforms.cleaning.article import DEFAULT, Policy, clean
from transforms.cleaning.rules import Rule, RuleError, load_rules

__all__ = ["DEFAULT", "Policy", "Rule", "RuleError", "clean", "load_rules"]
