"""Clean one article: marks, hygiene and residue, looked for until nothing is left, as one edit list."""

from dataclasses import dataclass

from schemas.records import CleanArticle, Embed, RawArticle
from transforms.cleaning import lift
from transforms.cleaning.gaps import to_edits
from transforms.cleaning.hygiene import hygiene_edits
from transforms.cleaning.matching import matcher
from transforms.cleaning.residue import find_residue
from transforms.cleaning.rules import Rule
from transforms.cleaning.sheet import Post
from transforms.cleaning.views import own_bytes
from transforms.edits import EditMap, apply_edits, compose

MAX_LOOKS = 12
"""A removal can bring to light another; two looks suffice for real articles, and this bounds hostile ones."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a run cleans: `keep` names kinds that stay in the text, `rules` are a newsroom's own, after the built-in."""

    keep: frozenset[str] = frozenset()
    rules: tuple[Rule, ...] = ()


DEFAULT = Policy()


def clean(article: RawArticle, policy: Policy = DEFAULT) -> CleanArticle:
    """Clean an article's text into a list of edits; what bylines, datelines, credits and posts tell goes into fields.

    Kinds that the policy keeps stay in the text, and still fill the fields. The result's text and edits give back the
    raw text exactly (`edits.rebuild_raw`), and cleaning the clean text changes nothing more.
    """
    rules = matcher(policy.rules)
    found = lift.Fields(article)
    edits = to_edits(article.text, lift.from_marks(article, policy.keep, found))
    text = apply_edits(article.text, edits)
    posts: dict[int, Embed] = {post.raw_start: post for post in lift.embeds_of_marks(article)}
    seen: dict[str, list[int]] = {}
    for _ in range(MAX_LOOKS):
        before = text
        own = own_bytes(text)
        tidy = hygiene_edits(text, own)
        if tidy:
            edits = compose(article.text, edits, tidy)
            text = apply_edits(text, tidy)
            own = own_bytes(text)
        residue = find_residue(text, rules, seen, own)
        carry = EditMap(edits if residue.posts else [])
        for post in residue.posts:
            embed = _embed(article, post, *carry.to_raw(post.start, post.end))
            posts.setdefault(embed.raw_start, embed)
        for removal in residue.removals:
            for field, start, end in removal.lifts:
                found.offer(field, text[start:end])
        cuts = to_edits(text, [removal for removal in residue.removals if removal.kind not in policy.keep])
        if cuts:
            edits = compose(article.text, edits, cuts)
            text = apply_edits(text, cuts)
        if text == before:
            break
    return CleanArticle(
        raw=article,
        text=text,
        edits=tuple(edits),
        embeds=tuple(posts[start] for start in sorted(posts)),
        byline=found.byline,
        credit=found.credit,
        dateline_place=found.dateline_place,
        dateline_agency=found.dateline_agency,
    )


def _embed(article: RawArticle, post: Post, raw_start: int, raw_end: int) -> Embed:
    return Embed(
        embed_id=lift.embed_id(article, raw_start),
        platform=post.platform,
        author_name=post.author_name,
        handle=post.handle,
        posted_us=post.posted_us,
        text=post.text,
        links=" ".join(post.links),
        raw_start=raw_start,
        raw_end=raw_end,
    )
