"""Why a parser refuses a record: raised by the format modules, turned into a failure row by `parse_document`."""

from dataclasses import dataclass

from schemas.limits import Limits


@dataclass
class Refusal(Exception):  # noqa: N818, it is an outcome and no error
    """A record or a part of it that can't become an article.

    `reason` is a key of `schemas.failures.NEXT_STEP`, `detail` plain words without any of the article's text.
    `payload` are the bytes of the part, None where it is the whole record.
    """

    reason: str
    detail: str
    payload: bytes | None = None

    def __str__(self) -> str:  # noqa: D105
        return f"{self.reason}: {self.detail}"


def check_elements(count: int, limits: Limits) -> None:
    """Raise `Refusal("too_large")` for a document of more elements than any article: each costs a parser memory."""
    if count > limits.max_elements:
        raise Refusal("too_large", f"{count} or more elements; max_elements is {limits.max_elements}")
