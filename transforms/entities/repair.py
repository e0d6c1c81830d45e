"""The named rules that repair the model's spans, in the order in which they run."""

import re
from collections import defaultdict
from collections.abc import Container, Sequence

from transforms.entities.boundaries import grow, lead_words, split, trim, whole_runs
from transforms.entities.evidence import Evidence, Occurrence, decide, weigh
from transforms.entities.lexicon import DROPPED_ALONE, GENERIC, LEADING, NEVER_NAMES, TITLE_RUN
from transforms.entities.mentions import NAMES, PLACES, Cover, Mention, add
from transforms.entities.organisations import acronyms, by_head_word, party_seats, place_heads, teams
from transforms.entities.places import is_demonym
from transforms.entities.scan import Run, runs
from transforms.entities.sentences import Sentences
from transforms.paragraphs import Paragraph

RELABEL_LEAD = 1.5
"""Evidence must lead by this much before it overrules the model."""

ADD_LEAD, ADD_TOTAL, ADD_CUES = 1.5, 2.5, 1.0
"""And by this much, at this total, before a name that the model passed over becomes a mention."""

WORK_CUE_CHARS = 80
"""How far before a name in quotation marks the word may stand that says it is a film."""

_OPENED = re.compile(r"(?:^|[\s(])[\"'“‘`]{1,2} ?$")
_CLOSED = re.compile(r" ?[\"'”’]{1,2}(?=$|[\s,.;:)])")
_WORK = re.compile(
    r"\b(?:film|movie|picture|novel|book|biography|memoir|play|musical|opera|song|single|album|ballad|painting|portrait"
    r"|series|sitcom|show|documentary|poem|comedy|drama|biopic|bestseller)s?\b",
    re.IGNORECASE,
)
_LOWER_WORD = re.compile(r"\b[a-z]{3,}\b")
_OPEN = frozenset({"PERSON", "ORG", "GPE", "LOC", "FAC", "PRODUCT", "WORK_OF_ART", "NORP", "LAW", "EVENT"})


def repair(
    view: str, mentions: Sequence[Mention], paragraphs: Sequence[Paragraph], sentences: Sentences
) -> list[Mention]:
    """Apply every rule to the mentions of one article."""
    capitalised = list(runs(view, paragraphs, sentences))
    kept = list(trim(view, mentions))
    kept = lead_words(view, kept, sentences)
    kept = list(split(view, kept))
    kept = whole_runs(view, kept, capitalised)
    kept = grow(view, kept)
    kept = list(trim(view, kept))
    kept = by_head_word(view, kept, capitalised)
    kept = place_heads(view, kept)
    kept = add(kept, party_seats(view))
    kept = [m for m in kept if m.label not in NAMES or view[m.start : m.end] not in DROPPED_ALONE]
    return quoted_works(view, teams(view, _by_evidence(view, kept, capitalised), paragraphs))


def quoted_works(view: str, mentions: Sequence[Mention]) -> list[Mention]:
    """Name as works the people who stand alone between quotation marks near a word like film or novel."""
    out = []
    for mention in mentions:
        if mention.label == "PERSON" and " " in view[mention.start : mention.end]:
            before = view[max(0, mention.start - WORK_CUE_CHARS) : mention.start]
            after = view[mention.end : mention.end + 40]
            if _OPENED.search(before) and _CLOSED.match(after) and (_WORK.search(before) or _WORK.search(after)):
                mention = mention.relabelled("WORK_OF_ART", "quoted_work")
        out.append(mention)
    return out


def _by_evidence(view: str, mentions: list[Mention], capitalised: Sequence[Run]) -> list[Mention]:
    """Give every occurrence of a name the label that all of them together speak for."""
    occurrences: dict[str, list[Occurrence]] = defaultdict(list)
    for mention in mentions:
        if mention.label in _OPEN:
            occurrences[_name(view, mention.start, mention.end)].append(
                Occurrence(mention.start, mention.end, False, mention.label)
            )
    passed_over = list(_passed_over(view, mentions, capitalised))
    for run in passed_over:
        occurrences[_name(view, run.start, run.end)].append(Occurrence(run.start, run.end, run.initial, None))
    evidence = weigh(view, occurrences, acronyms(view, mentions))
    decided = {name: (*decide(name, found), found) for name, found in evidence.items()}
    out = [_relabelled(view, m, *decided[_name(view, m.start, m.end)][:3]) if m.label in _OPEN else m for m in mentions]
    new = []
    lower = frozenset(_LOWER_WORD.findall(view))
    for run in passed_over:
        name = _name(view, run.start, run.end)
        label, lead, rule, found = decided[name]
        sure = lead >= ADD_LEAD and found.total(label) >= ADD_TOTAL and found.cues[label] >= ADD_CUES
        if label == "GPE" and " " in name:
            sure = sure and found.cues[label] > ADD_TOTAL
        if is_demonym(name.rsplit(" ", 1)[-1]):
            sure = False
        if sure and _can_be_new(name, rule, found, lower):
            new.append(Mention(run.start, run.end, label, None, rule))
    return add(out, new)


def _can_be_new(name: str, rule: str, found: Evidence, lower: Container[str]) -> bool:
    """Whether a passed-over name is more than a word with a capital."""
    if name.lower() in NEVER_NAMES or name in GENERIC:
        return False
    return bool(found.inside or found.votes or " " in name or (rule == "surname" and name.lower() not in lower))


def _name(view: str, start: int, end: int) -> str:
    return " ".join(view[start:end].split())


def _relabelled(view: str, mention: Mention, label: str, lead: float, rule: str) -> Mention:
    if mention.label in PLACES and label == "GPE":
        return mention
    text = view[mention.start : mention.end]
    if is_demonym(text) and mention.label in ("NORP", "PERSON", "ORG", "GPE") and rule != "surname":
        return mention.relabelled("NORP", "nationality")
    needed = RELABEL_LEAD if mention.label in ("PERSON", "ORG", *PLACES) else RELABEL_LEAD + 0.5
    return mention.relabelled(label, rule) if lead >= needed else mention


def _passed_over(view: str, mentions: Sequence[Mention], capitalised: Sequence[Run]) -> list[Run]:
    """Capitalised runs, titles and nationalities taken off, that no mention touches."""
    cover = Cover(mentions)
    found = []
    for run in capitalised:
        start, end, initial = run.start, run.end, run.initial
        if title := TITLE_RUN.match(view, start, end):
            start, initial = title.end(), False
        words = view[start:end].split(" ")
        while len(words) > 1 and (is_demonym(words[0]) or words[0].lower() in LEADING):
            start += len(words.pop(0)) + 1
            initial = False
        while len(words) > 1 and words[-1].lower() in NEVER_NAMES:
            end -= len(words.pop()) + 1
        if start < end and len(words) <= 5 and cover.free(start, end):
            found.append(Run(start, end, view[start:end], initial and len(words) == 1))
    return found
