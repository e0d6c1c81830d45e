"""Entities of an article: the model's spans repaired by named rules, then merged, keyed and weighed. Pure Python."""

from transforms.entities.casing import restore_case
from transforms.entities.find import find_entities

__all__ = ["find_entities", "restore_case"]
