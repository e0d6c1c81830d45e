"""A portion's records to raw articles; a bad record is a failure row and stops no other."""

from collections.abc import Iterator

from schemas.failures import payload_facts
from schemas.records import Failure, Portioned, RawArticle, RawDocument, RawRecord
from transforms.parsing import media
from transforms.parsing.assemble import assemble
from transforms.parsing.draft import Draft
from transforms.parsing.refusal import Refusal
from transforms.parsing.registry import PARSERS
from transforms.parsing.settings import ParseSettings


def parse_document(document: RawDocument, settings: ParseSettings) -> Portioned[RawArticle]:
    """Read every record of a portion by its media type; never raises for what the records hold.

    In a format of one record an object, articles and failures are numbered 0, 1, … in their order within it; else
    they have their record's index.
    """
    articles: list[RawArticle] = []
    failures: list[Failure] = list(document.failures)
    for record in document.records:
        for outcome in _parse_record(record, document, settings):
            if isinstance(outcome, Failure):
                failures.append(outcome)
            else:
                articles.append(outcome)
    return Portioned(document.portion, tuple(articles), tuple(failures), document.repeats)


def _parse_record(record: RawRecord, document: RawDocument, settings: ParseSettings) -> Iterator[RawArticle | Failure]:
    """Yield what one record comes to; whatever a parser raises ends this record and no other."""
    many = document.media_type in media.MANY
    index = record.index
    try:
        parser = PARSERS.get(document.media_type)
        if parser is None:
            raise Refusal("unsupported", f"no parser for {document.media_type}")
        found = list(parser(record.content, settings))
        if not found:
            raise Refusal("no_article", "the record holds no article")
        alone = not many and len(found) == 1
        for number, part in enumerate(found):
            index = record.index if many else number
            yield _finish(part, record, index, document, settings, alone=alone)
    except Exception as problem:  # one record's bug must not stop the others
        yield _failure(_refusal(problem), record, index, settings)


def _finish(
    part: Draft | Refusal, record: RawRecord, index: int, document: RawDocument, settings: ParseSettings, *, alone: bool
) -> RawArticle | Failure:
    """An article, or why it is none; what is wrong with one part of a record ends that part and no other."""
    if isinstance(part, Refusal):
        return _failure(part, record, index, settings)
    try:
        return assemble(part, document.portion, index, record.content, settings, alone=alone)
    except Exception as problem:
        return _failure(_refusal(problem), record, index, settings)


def _refusal(problem: Exception) -> Refusal:
    return problem if isinstance(problem, Refusal) else Refusal("error", _in_words(problem))


def _failure(refusal: Refusal, record: RawRecord, index: int, settings: ParseSettings) -> Failure:
    whole = record.content if refusal.payload is None else refusal.payload
    payload, payload_sha256, payload_bytes = payload_facts(whole, settings.limits.max_payload_bytes)
    return Failure("parse", refusal.reason, refusal.detail, index, payload, payload_sha256, payload_bytes)


def _in_words(problem: BaseException) -> str:
    """An exception's class and the line of ours that raised it; its message may hold article text and is left out."""
    trace = problem.__traceback__
    place = ""
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "")
        if module.startswith("transforms."):
            place = f" in {module}.{trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(problem).__name__}{place}"
