"""Text that Markdown strikes out: blanked, so that all other offsets stay those of the file."""

from __future__ import annotations

import re

__all__ = ["without_struck"]

_PARTS = re.compile(
    r"(?m:^[ \t>]{0,40}(?P<fence>`{3,200}|~{3,200})[^\n]*$)"
    r"|(?P<code>(?<!`)(?P<ticks>`{1,9})(?!`)[^`\n]{1,1000}(?P=ticks)(?!`))"
    r"|(?<![~\\])~~(?=[^\s~])(?P<tildes>(?:[^~\n]|~(?!~)|\n(?!\s*\n)){1,2000}?)(?<=\S)~~(?!~)"
    r"|<(?P<tag>del|s|strike)(?:\s[^<>]{0,300})?>(?:[^<\n]|\n(?!\s*\n)|<(?!/(?P=tag)>)){0,2000}"
    r"</(?P=tag)>",
    re.IGNORECASE,
)


def without_struck(text: str) -> str:
    """Markdown with blanks for `~~text~~` and `<del>text</del>`, but in code. Linear."""
    if "~~" not in text and "</" not in text:
        return text
    parts: list[str] = []
    fence, at = "", 0
    for match in _PARTS.finditer(text):
        run = match["fence"] or ""
        if run and not fence:
            fence = run
        elif run and run.startswith(fence) and match.group().strip(" \t>") == run:
            fence = ""
        if fence or run or match["code"]:
            continue
        parts += (text[at : match.start()], re.sub(r"[^\r\n]", " ", match.group()))
        at = match.end()
    parts.append(text[at:])
    return "".join(parts)
