"""A quotation as found in a paragraph, before its speaker is resolved and its row is made."""

from dataclasses import dataclass

from transforms.quotes.parse import Parse


@dataclass(slots=True)
class Found:
    """Pieces in clean offsets; `cue` and `speaker` are head tokens, -1 for none.

    `how` names the construction that decided: it is what the confidence is calibrated by. `speaker_parse` is the
    paragraph that cue and speaker stand in, if not `parse`. `goes_on` says that its marks are still open where the
    paragraph ends, `last_paragraph` where a quotation over several paragraphs has come to.
    """

    parse: Parse
    pieces: list[tuple[int, int]]
    type: str
    how: str
    cue: int = -1
    speaker: int = -1
    flag: str | None = None
    cue_end: int = -1
    speaker_parse: Parse | None = None
    paragraph: int = -1
    goes_on: bool = False
    last_paragraph: int = -1

    @property
    def start(self) -> int:
        """Where the first piece begins."""
        return self.pieces[0][0]

    @property
    def end(self) -> int:
        """Where the last piece ends."""
        return self.pieces[-1][1]
