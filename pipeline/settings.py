"""What the stages of one run need to know, in a module that is light to import."""

from dataclasses import dataclass, field

from schemas.limits import Limits


@dataclass(frozen=True, slots=True)
class Settings:
    """Plain values, so that they can go to any worker."""

    output: str
    code_version: str
    spacy_model: str
    provider: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    keep: frozenset[str] = frozenset()
    rules: tuple[str, bytes] | None = None
    without: frozenset[str] = frozenset()
    shards: int = 1
    limits: Limits = field(default_factory=Limits)
