"""How sure a row is: the share of right rows per construction, measured on annotated newspaper articles."""

CALIBRATED = {
    "after": 0.97,
}
"""Construction → share of quotations found so whose extent and speaker both were right."""

UNKNOWN = 0.5
NO_SPEAKER_FACTOR = 0.6


def confidence(how: str, speaker_kind: str) -> float:
    """Confidence of a row between 0 and 1: its construction's share, less where the speaker is not known."""
    share = CALIBRATED.get(how, UNKNOWN)
    return round(share * NO_SPEAKER_FACTOR, 2) if speaker_kind == "unknown" else share
