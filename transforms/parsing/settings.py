"""What a user can set about parsing, checked before the run starts."""

import re
from dataclasses import dataclass, field

from schemas.limits import Limits

FIELDS = (
    "text",
    "headline",
    "date",
    "url",
    "byline",
    "provider",
    "id",
    "language",
    "slug",
    "urgency",
    "version",
    "status",
    "embargo",
    "credit",
    "dateline",
)
"""The names `--field NAME=PATH` can set, in the order of the docs."""

_PATH = re.compile(r"[^.\[\]\s]+(?:\[\d+\])*(?:\.[^.\[\]\s]+(?:\[\d+\])*)*")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class ParseSettings:
    """How records are read.

    provider: name of the feed, used where a record names none.
    fields: (name, path) pairs that say where a JSON record keeps a field, as `("text", "payload.body[0].value")`.
    limits: sizes and depths beyond which a record is refused.
    """

    provider: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    limits: Limits = field(default_factory=Limits)


def parse_field_overrides(values: list[str]) -> tuple[tuple[str, str], ...]:
    """Read `NAME=PATH` pairs; raises ValueError that lists every one that can't be read.

    >>> parse_field_overrides(["text=payload.body[0].value"])
    (('text', 'payload.body[0].value'),)
    """
    pairs: list[tuple[str, str]] = []
    problems = []
    for value in values:
        name, equals, path = (part.strip() for part in value.partition("="))
        if not equals:
            problems.append(f"{value!r} is not NAME=PATH")
        elif name not in FIELDS:
            problems.append(f"{name!r} is not a field; the fields are {', '.join(FIELDS)}")
        elif not _PATH.fullmatch(path):
            problems.append(f"{path!r} is not a path like payload.body[0].value")
        elif name in dict(pairs):
            problems.append(f"{name!r} is given twice")
        else:
            pairs.append((name, path))
    if problems:
        raise ValueError("; ".join(problems))
    return tuple(pairs)


def path_steps(path: str) -> list[str | int]:
    """Cut a path into keys and list indexes.

    >>> path_steps("payload.body[0].value")
    ['payload', 'body', 0, 'value']
    """
    return [int(index) if index else name for name, index in _STEP.findall(path)]
