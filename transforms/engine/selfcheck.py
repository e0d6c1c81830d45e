"""The text on which the engine must agree with spaCy at load, before it may be used."""

from spacy.language import Language
from spacy.tokens import Doc

TEXT = (
    "PORT ALDER, March 3 (Wire) - The harbour authority of Port Alder said on Tuesday that it would close two of its "
    "five piers by 2031, a decision that cost its chairwoman, Ines Okafor-Lund, her job.",
    "“We were told in 2019 that the money was there,” Okafor-Lund said. “It was not. Nobody at Merrow & Sons, "
    "whom we paid $4.5 million, ever asked us what we needed.”",
    '"Is that all?" asked Tomas Brandl, 61, who has fished off Kell Island since he was nine.  He didn\'t wait for the '
    "answer\n\nand went home.",
    "The Norwegian-built ferry Aurora, which the European Investment Bank helped to finance, sails every Friday "
    "from Bergen to Aberdeen at 7:30 a.m.; about 40 percent of its passengers are under thirty.",
    "Shares in Halden Corp. fell 3.2% in Tokyo, the Nikkei 225 lost 1%, and the yen, at 151 to the dollar, was at its "
    "weakest since the Second World War...",
    "What the minister had in mind, aides to President Lucia Ferran whispered in Lisbon last week, is the kind of "
    "reform the Supreme Court said in Doe v. Harrow it would never accept.",
    " ",
    "Photo: R. Vale",
)
"""Paragraphs written for this purpose: names, figures, quotes of both kinds, blanks, words far from their heads."""


def check_docs(nlp: Language) -> list[Doc]:
    """The text as fresh Docs, a paragraph each."""
    return [nlp.make_doc(paragraph) for paragraph in TEXT]


def entities_of(doc: Doc) -> list[tuple[int, int, str]]:
    """What `Engine.recognise` and spaCy's `ner` must agree on."""
    return [(ent.start, ent.end, ent.label_) for ent in doc.ents]


def arcs_of(doc: Doc) -> list[tuple[str, int, str, bool | None]]:
    """What `Engine.parse` and spaCy's `tok2vec`, `tagger` and `parser` must agree on."""
    return [(token.tag_, token.head.i, token.dep_, token.is_sent_start) for token in doc]
