"""Which answers stand in what a mail quotes, where the mail itself gives another. Pure.

Who answers "the delivery moves to 23 June" quotes the question that names the 9th. Quoted lines
begin with `>`, below one that says whose they are: so `indexer/documents/mail_parts.py` has them.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..core.expressions import expression
from ..core.records import Passage
from ..reader.spans import Span

__all__ = ["is_quoted", "outdated"]

_INTRODUCTION = expression(
    r"@|\b(?:wrote|writes|schrieb|écrit|escribió|escreveu|scritto|schreef|skrev)\b|^Quoted mail\b"
)
_BEHIND = 9.0
"""Logits by which an answer of the mail itself may be behind that of the quotation and be meant."""


def is_quoted(text: str, start: int) -> bool:
    """Whether the place is in lines that begin with `>`, below one that says whose they are."""
    begin = text.rfind("\n", 0, start) + 1
    if text[begin : begin + 1] != ">":
        return False
    while begin and text[begin : begin + 1] in (">", "\n"):
        begin = text.rfind("\n", 0, begin - 1) + 1
    line = text[begin : text.find("\n", begin)]
    return line.rstrip().endswith(":") and bool(_INTRODUCTION.search(line))


def outdated(
    spans: Sequence[Span], passages: Sequence[Passage], left: Sequence[bool]
) -> list[bool]:
    """For each span, whether it is quoted and its document gives another answer itself.

    Spans that are `left` out already are no such answers.
    """
    quoted = [is_quoted(passages[s.passage].text, s.end - 1) for s in spans]
    if not any(quoted):
        return quoted
    own: dict[str, float] = {}
    for span, is_left, in_quotation in zip(spans, left, quoted, strict=True):
        if not is_left and not in_quotation and span.margin > 0:
            document = passages[span.passage].document
            own[document] = max(own.get(document, span.score), span.score)
    return [
        in_quotation and span.score - _BEHIND <= own.get(passages[span.passage].document, -1e9)
        for span, in_quotation in zip(spans, quoted, strict=True)
    ]
