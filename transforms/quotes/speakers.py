"""From the speaker as printed to a name: pronouns, surnames, role nouns, and what kind of source it is."""

from dataclasses import dataclass

from transforms.quotes.grammar import noun_phrase
from transforms.quotes.parse import Parse
from transforms.quotes.people import Mention, People, first_name_sex


@dataclass(frozen=True, slots=True)
class Speaker:
    """A speaker as a row has it; offsets are clean."""

    start: int | None = None
    end: int | None = None
    name: str | None = None
    key: str | None = None
    kind: str = "unknown"
    reason: str | None = None


DOCUMENTS = frozenset(
    """report statement readout ad advertisement advert letter poll survey study article book email e-mail memo
    document filing lawsuit transcript website site page post tweet message story op-ed editorial column
    complaint indictment affidavit ruling analysis data figures release headline sign banner text video
    caption note bill law speech account census documents records reports letters emails polls results
    numbers memoir paper order""".split()
)
GROUPS = frozenset(
    """government company campaign party committee court agency department ministry council board team group police
    university bank union administration army navy organization organisation commission bureau office firm
    association trust coalition network newspaper magazine paper club foundation institute center centre school
    church congress senate house parliament white kremlin pentagon""".split()
)
ORGANIZATIONS = frozenset({"ORG", "GPE", "NORP", "FAC", "LOC", "PRODUCT"})
SPOKE_WEIGHT, SUBJECT_WEIGHT = 2.5, 1.0
"""What having spoken last, or being a subject, is worth to a pronoun, in paragraphs of distance."""

IT_REACH = 3.0
"""How far back "it" can mean the organisation that spoke last, in paragraphs (a sentence is a half)."""
_HE, _SHE = frozenset({"he", "his", "him"}), frozenset({"she", "her", "hers"})


class Resolver:
    """Resolves the speakers of one article in order; remembers who of each sex spoke last."""

    def __init__(self, people: People, text: str) -> None:
        self.people, self.text = people, text
        self.spoke: dict[str, tuple[int, Mention]] = {}
        self.organization: tuple[int, Mention] | None = None

    def resolve(self, p: Parse, h: int, cue: int = -1) -> Speaker:
        """Resolve the speaker whose head word is token `h` of paragraph `p`; without one, look before the cue."""
        if h < 0 and cue >= 0:
            h = self._before_cue(p, cue)
        if h < 0:
            return Speaker(reason="not named")
        first, last = noun_phrase(p, h)
        start, end = p.starts[first], p.ends[last]
        word = p.lower[h]
        if word in _HE or word in _SHE:
            return self._pronoun(p, h, "m" if word in _HE else "f")
        if word in ("who", "that", "which") and p.tags[h] in ("WP", "WDT", "IN"):
            upper = h
            while p.heads[upper] != upper and p.deps[upper] != "relcl":
                upper = p.heads[upper]
            if p.deps[upper] == "relcl" and p.heads[upper] != upper and p.heads[upper] != h:
                who = self.resolve(p, p.heads[upper])
                if who.name is not None:
                    return Speaker(p.starts[h], p.ends[h], who.name, who.key, who.kind, who.reason)
            near = self.people.within(p.starts[max(0, h - 12)], p.starts[h], "PERSON")
            if near is not None and word != "which":
                who = self._person(near.start, near.end, near)
                return Speaker(p.starts[h], p.ends[h], who.name, who.key, who.kind)
        if word == "it" and self.organization is not None:
            position, org = self.organization
            if self._distance(position, p.starts[h]) <= IT_REACH:
                return Speaker(p.starts[h], p.ends[h], org.name, org.key, "organization")
        if word in ("i", "we", "they", "it", "you", "some", "others", "many", "one", "people", "who", "that", "which"):
            kind = "person" if word == "i" else "unknown"
            return Speaker(p.starts[h], p.ends[h], kind=kind, reason=f"pronoun {word}")
        mention = self.people.within(p.starts[h], p.ends[h])
        if cue > h and (mention is None or mention.label != "PERSON"):
            last_name = self._before_cue(p, cue)
            near = self.people.within(p.starts[last_name], p.ends[last_name], "PERSON") if last_name > h else None
            if near is not None and not any(
                p.is_word(i) and p.tags[i][:2] not in ("RB", "VB") for i in range(p.first_at(near.end), cue)
            ):
                between = p.words[h + 1 : p.first_at(near.start)]
                if "," not in between or p.words[p.first_at(near.start) - 1] == ",":
                    return self._person(start, max(end, near.end), near)
        if mention is None and p.tags[h] in ("NNP", "NNPS"):
            mention = self.people.within(start, end, "PERSON") or self._unlisted(p, h) or self.people.within(start, end)
        if mention is None and first < h and p.lower[first] in ("the", "that", "this"):
            mention = self.people.bearer(p.lower[h], p.starts[h])
            if mention is not None and mention.label == "PERSON":
                return self._person(start, end, mention)
        if mention is None:
            mention = self._apposition(p, h)
            if mention is not None:
                end = max(end, mention.end)
                start = min(start, mention.start)
        if mention is not None and mention.label == "PERSON":
            return self._person(start, end, mention)
        if mention is not None and mention.label in ORGANIZATIONS:
            self.organization = (start, mention)
            return Speaker(start, end, mention.name, mention.key, "organization")
        if word in DOCUMENTS:
            issuer = self.people.within(start, end)
            if issuer is not None:
                return Speaker(start, end, issuer.name, issuer.key, "document")
        if p.tags[h] in ("NNP", "NNPS") and word not in GROUPS:
            kind = "organization" if p.lower[first] == "the" else "person"
            return Speaker(start, end, kind=kind, reason="name not among the entities")
        kind = "document" if word in DOCUMENTS else "organization" if word in GROUPS else "anonymous"
        reason = "not named" if kind != "anonymous" else "unnamed"
        return Speaker(start, end, kind=kind, reason=reason)

    def _unlisted(self, p: Parse, h: int) -> Mention | None:
        """A name that no mention covers: its first name is a person's."""
        first = h
        while first > 0 and p.tags[first - 1] == "NNP" and h - first < 3:
            first -= 1
        known = first
        while known < h and first_name_sex(p.words[known]) is None:
            known += 1
        first = known if known < h else h - 1
        if (
            first < 0
            or p.tags[first] != "NNP"
            or p.tags[h] != "NNP"
            or p.lower[first - 1] == "the"
            or self.people.within(p.starts[first], p.ends[h]) is not None
        ):
            return None
        name = " ".join(p.words[first : h + 1])
        return Mention(p.starts[first], p.ends[h], name, name.casefold(), "PERSON")

    def _before_cue(self, p: Parse, cue: int) -> int:
        """Last person or personal pronoun before the cue in its sentence, outside marks; -1 if none."""
        for i in range(cue - 1, -1, -1):
            if p.sentence[i] != p.sentence[cue]:
                break
            if p.run_of[i] < 0 and (
                p.lower[i] in ("he", "she") or self.people.within(p.starts[i], p.ends[i], "PERSON") is not None
            ):
                return i
        return -1

    def _person(self, start: int, end: int, mention: Mention) -> Speaker:
        sex = self.people.sex_of(mention.name)
        for each in (sex,) if sex else ("m", "f"):
            self.spoke[each] = (start, mention)
        return Speaker(start, end, mention.name, mention.key, "person")

    def _apposition(self, p: Parse, h: int) -> Mention | None:
        for i in p.children[h]:
            if p.deps[i] == "appos" and i - h < 14:
                mention = self.people.within(p.starts[i], p.ends[i], "PERSON")
                if mention:
                    return mention
        return None

    def _pronoun(self, p: Parse, h: int, sex: str) -> Speaker:
        at = p.starts[h]
        best: tuple[float, Mention] | None = None
        for mention in self.people.before(at):
            known = self.people.sex_of(mention.name)
            if mention.quoted:
                continue
            if known and known != sex:
                continue
            score = (
                -self._distance(mention.start, at)
                + (SUBJECT_WEIGHT if mention.subject else 0.0)
                + (0.4 if known else 0.0)
            )
            if self.text[mention.end : mention.end + 2] in ("'s", "’s"):
                score -= 0.6
            if best is None or score >= best[0]:
                best = (score, mention)
        if sex in self.spoke:
            position, mention = self.spoke[sex]
            score = SPOKE_WEIGHT - self._distance(position, at)
            if best is None or score > best[0]:
                best = (score, mention)
        if best is None:
            return Speaker(at, p.ends[h], kind="person", reason="pronoun without a person before it")
        self.spoke[sex] = (at, best[1])
        self.people.sex.setdefault(best[1].name, sex)
        return Speaker(at, p.ends[h], best[1].name, best[1].key, "person")

    def _distance(self, start: int, end: int) -> float:
        """Paragraph ends count 1, sentence ends a half."""
        return self.text.count("\n\n", start, end) + 0.5 * self.text.count(". ", start, end)
