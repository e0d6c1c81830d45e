"""One stage over all articles of a portion: what fails alone is a failure, and the others go on."""

from collections.abc import Callable
from typing import TypeVar

from schemas.failures import payload_facts
from schemas.records import Failure, Portioned, RawArticle

A = TypeVar("A")
B = TypeVar("B")


def run_stage(
    portioned: Portioned[A],
    stage: str,
    function: Callable[[A], B],
    raw_of: Callable[[A], RawArticle],
    max_payload_bytes: int,
) -> Portioned[B]:
    """Apply `function` to each article; an article on which it raises becomes a failure of reason `error`.

    The failure names the exception and where it arose, and none of the article's text; it keeps the first
    `max_payload_bytes` of the record's bytes.
    """
    done: list[B] = []
    failures = list(portioned.failures)
    for article in portioned.articles:
        try:
            done.append(function(article))
        except Exception as error:
            failures.append(_failure(stage, raw_of(article), error, max_payload_bytes))
    return Portioned(portioned.portion, tuple(done), tuple(failures), portioned.repeats)


def _failure(stage: str, raw: RawArticle, error: Exception, max_payload_bytes: int) -> Failure:
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    place = f" in {at.tb_frame.f_code.co_name}, line {at.tb_lineno}" if at else ""
    data = raw.content or raw.text.encode("utf-8", "surrogatepass")
    return Failure(
        stage,
        "error",
        f"{type(error).__name__}{place}.",
        raw.record_index,
        *payload_facts(data, max_payload_bytes),
        raw.article_id,
        raw.published_us,
    )
