"""E-mails (.eml, .mbox): who wrote to whom when, and the text, replies that it quotes too."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path

from ...core.errors import InputError, first_line
from .embedded import add_extracted, read_markup
from .extracted import Extracted, TextBuilder
from .mail_parts import event_lines, quotation_rows, without_block_quotes, without_quotes

__all__ = ["read_mail", "read_mails"]

_HEADERS = ("From", "To", "Cc", "Date")
_SHOWN = {"From": "Sent by"}
"""What readers understand; asked who sent a mail they miss the names behind "From"."""
_BYTES = 200_000_000
_HEADER = 10_000
"""Characters of a header that are read."""
_PARTS = 1_000
"""Parts of a mail at most, and mails within mails."""
_FEW = 12
"""Words that a page may say besides twice the words of the plain text beside it."""
_ALIKE = 0.5
"""Share of a plain text's words that the page beside it has if both say the same."""
_NAMED = 5
"""Attachments that a notice names."""


def read_mail(path: Path) -> Extracted:
    """The mail's head in lines, its text or else its HTML, the names of what is attached, and
    mails that are attached. Raises InputError for what is no mail."""
    from email.parser import BytesParser

    size = path.stat().st_size
    if size > _BYTES:
        raise InputError(
            f"{path}: {size:,} bytes, and mails of at most {_BYTES:,} are read; split it"
        )
    with _readable(path), path.open("rb") as file:
        return _extracted(path, BytesParser().parse(file))


def read_mails(
    path: Path, on_error: Callable[[InputError], None]
) -> Iterator[tuple[int, Extracted]]:
    """Each mail of a box (.mbox) with its number, from 1; one that cannot be read is given to
    `on_error`. Raises InputError for what is no box."""
    import mailbox

    with path.open("rb") as file:
        if not file.read(5) == b"From ":
            raise InputError(f"{path}: no mailbox; it does not begin with a line `From `")
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.iterkeys(), 1):
            try:
                with _readable(f"{path}:{number}"):
                    mail = _extracted(path, box.get_message(key))
            except InputError as error:
                on_error(error)
            else:
                yield number, mail
    finally:
        box.close()


@contextmanager
def _readable(path: Path | str) -> Generator[None]:
    try:
        yield
    except (InputError, OSError):
        raise
    except Exception as error:  # damaged mails fail anywhere in the library
        raise InputError(
            f"{path}: no readable mail ({first_line(error)}); save it again"
        ) from error


def _extracted(path: Path, message: Message) -> Extracted:
    if not any(name in message for name in (*_HEADERS, "Subject", "Received", "Message-ID")):
        raise ValueError("it has none of a mail's headers")
    builder = TextBuilder()
    attached: list[str] = []
    _add(builder, message, attached, inside=0)
    metadata = {name.lower(): text for name in _HEADERS[:3] if (text := _header(message, name))}
    metadata |= {"date": day} if (day := _day(message)) else {}
    extracted = builder.extracted(_header(message, "Subject"), metadata)
    return replace(extracted, notices=tuple(_unread(path, attached)))


def _unread(path: Path, attached: Sequence[str]) -> Iterator[str]:
    if attached:
        names = ", ".join(attached[:_NAMED])
        more = f" and {len(attached) - _NAMED:,} more" if len(attached) > _NAMED else ""
        yield f"{path}: attachments are not read: {names}{more}; save them beside the mail"


def _header(message: Message, name: str) -> str:
    """A header's text, decoded; "" where there is none."""
    said = (text for key, text in message.raw_items() if key.lower() == name.lower())
    return _decoded(str(next(said, "")))


def _decoded(text: str) -> str:
    """Encoded words (RFC 2047) as what they stand for; as they are where they cannot be decoded.

    Bytes that are not declared come as UTF-8.
    """
    raw = text[:_HEADER].encode("utf-8", "surrogateescape")
    text = raw.decode("utf-8", "replace")
    with suppress(LookupError, ValueError):
        text = str(make_header(decode_header(text)))
    return " ".join(text.split())


def _day(message: Message) -> str:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(_header(message, "Date")).date().isoformat()
    except (ValueError, TypeError, IndexError):
        return ""


def _add(builder: TextBuilder, message: Message, attached: list[str], *, inside: int) -> None:
    for name in ("Subject", *_HEADERS) if inside else _HEADERS:
        if text := _header(message, name):
            builder.add(f"{_SHOWN.get(name, name)}: {text}")
    names: list[str] = []
    for number, part in enumerate(_bodies(message)):
        if number >= _PARTS:
            break
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            if inside < 8 and isinstance(inner, list) and isinstance(inner[0], Message):
                _add(builder, inner[0], attached, inside=inside + 1)
        elif part.get_content_type() == "text/calendar" and not part.get_filename():
            builder.add("\n".join(event_lines(_content(part))))
        elif _is_attached(part):
            if not _is_shown(part):
                names.append(_decoded(part.get_filename() or part.get_content_type()))
        elif part.get_content_type() == "text/html":
            _add_html(builder, _content(part))
        else:
            own, quoted = without_quotes(_unfolded(part, _content(part)))
            builder.add(own)
            builder.add_rows(row for text in quoted for row in quotation_rows(text))
    if names:
        builder.add("Attachments: " + ", ".join(names))
        attached += names


def _add_html(builder: TextBuilder, markup: str) -> None:
    """A page, and after it what it quotes, each quotation read by itself."""
    own, quoted = without_block_quotes(markup)
    if own is not None:
        add_extracted(builder, read_markup(own, "its HTML"))
    for quotation in quoted:
        builder.add_rows(quotation_rows(read_markup(quotation, "its HTML").text))


def _bodies(message: Message) -> Iterator[Message]:
    """The parts that are read or named: of alternatives one, and an invitation."""
    kind = message.get_content_type()
    if kind == "multipart/alternative":
        parts = _parts(message)
        plain = [part for part in parts if part.get_content_type() == "text/plain"]
        events = [part for part in parts if part.get_content_type() == "text/calendar"]
        others = [part for part in parts if part not in plain and part not in events]
        if plain and not (others and _says_more(others[-1], plain[0])):
            yield plain[0]
            for other in others[-1:]:
                yield from (part for part in _bodies(other) if _is_named(part))
        elif others:
            yield from _bodies(others[-1])
        yield from events[:1]
    elif message.is_multipart() and kind != "message/rfc822":
        for part in _parts(message):
            yield from _bodies(part)
    else:
        yield message


def _says_more(other: Message, plain: Message) -> bool:
    """Whether the plain text merely stands for the page: it says another thing, or far less, or
    breaks up its tables."""
    words = _words(_content(plain))
    page = next((p for p in _bodies(other) if p.get_content_type() == "text/html"), None)
    if page is None or not words:
        return page is not None
    extracted = read_markup(_content(page), "its HTML")
    shown = _words(extracted.text)
    if not shown:
        return False
    alike = len({*words} & {*shown}) >= _ALIKE * len({*words})
    return not alike or bool(extracted.rows) or len(shown) > _FEW + 2 * len(words)


def _words(text: str) -> list[str]:
    return re.findall(r"\w{1,60}", text.casefold())


def _is_named(part: Message) -> bool:
    """Whether a part beside the one that is read is a file or a mail of its own."""
    return part.get_content_type() == "message/rfc822" or _is_attached(part)


def _is_shown(part: Message) -> bool:
    """Whether a picture stands within the text, such as a signature's logo."""
    inline = part.get_content_disposition() != "attachment" and "Content-ID" in part
    return inline and part.get_content_maintype() == "image"


def _parts(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [p for p in payload if isinstance(p, Message)] if isinstance(payload, list) else []


def _is_attached(part: Message) -> bool:
    if part.get_content_type() not in {"text/plain", "text/html"}:
        return True
    return part.get_content_disposition() == "attachment"


_LATIN = frozenset({"us-ascii", "ascii", "iso-8859-1", "iso8859-1", "latin-1", "latin1"})
"""What programs say of Windows-1252, which holds all that these do."""


def _content(part: Message) -> str:
    """A text part, decoded as it says; as UTF-8 or Windows-1252 where what it says is wrong."""
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    for charset in (part.get_content_charset() or "utf-8", "utf-8"):
        try:
            return raw.decode("windows-1252" if charset.lower() in _LATIN else charset)
        except (LookupError, UnicodeError):
            continue
    return raw.decode("windows-1252", "replace")


def _unfolded(part: Message, text: str) -> str:
    """Lines joined that were only broken for the way (RFC 3676, format=flowed)."""
    text = text.replace("\r\n", "\n")
    if part.get_param("format") != "flowed":
        return text
    lines: list[str] = []
    goes_on = False
    for line in text.split("\n"):
        quoted = line.startswith(">")
        body = line[1:] if line.startswith(" ") and not quoted else line
        if goes_on and not quoted:
            lines[-1] += body
        else:
            lines.append(body)
        goes_on = body.endswith(" ") and body != "-- " and not quoted
    return "\n".join(lines)
