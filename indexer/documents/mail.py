"""E-mails (.eml): who wrote to whom when, and the text, replies that it quotes too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path

from ...core.errors import InputError, first_line
from .embedded import add_extracted, read_markup
from .extracted import Extracted, TextBuilder

__all__ = ["read_mail"]

_HEADERS = ("From", "To", "Cc", "Date")
_BYTES = 200_000_000
_HEADER = 10_000
"""Characters of a header that are read."""
_PARTS = 1_000
"""Parts of a mail at most, and mails within mails."""


def read_mail(path: Path) -> Extracted:
    """The mail's head in lines, its text or else its HTML, the names of what is attached, and
    mails that are attached. Raises InputError for what is no mail."""
    from email.parser import BytesParser

    size = path.stat().st_size
    if size > _BYTES:
        raise InputError(
            f"{path}: {size:,} bytes, and mails of at most {_BYTES:,} are read; split it"
        )
    try:
        with path.open("rb") as file:
            message = BytesParser().parse(file)
        if not any(name in message for name in (*_HEADERS, "Subject", "Received", "Message-ID")):
            raise ValueError("it has none of a mail's headers")
        builder = TextBuilder()
        _add(builder, message, inside=0)
        metadata = {name.lower(): text for name in _HEADERS[:3] if (text := _header(message, name))}
        metadata |= {"date": day} if (day := _day(message)) else {}
        return builder.extracted(_header(message, "Subject"), metadata)
    except InputError:
        raise
    except OSError:
        raise
    except Exception as error:  # damaged mails fail anywhere in the library
        raise InputError(
            f"{path}: no readable mail ({first_line(error)}); save it again"
        ) from error


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


def _add(builder: TextBuilder, message: Message, *, inside: int) -> None:
    heads = [("Subject", _header(message, "Subject"))] if inside else []
    heads += [(name, _header(message, name)) for name in _HEADERS]
    builder.add("\n".join(f"{name}: {text}" for name, text in heads if text))
    attached: list[str] = []
    for number, part in enumerate(_bodies(message)):
        if number >= _PARTS:
            break
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            if inside < 8 and isinstance(inner, list) and isinstance(inner[0], Message):
                _add(builder, inner[0], inside=inside + 1)
        elif _is_attached(part):
            attached.append(_decoded(part.get_filename() or part.get_content_type()))
        elif part.get_content_type() == "text/html":
            add_extracted(builder, read_markup(_content(part), "its HTML"))
        else:
            builder.add(_unfolded(part, _content(part)))
    if attached:
        builder.add("Attachments: " + ", ".join(attached))


def _bodies(message: Message) -> Iterator[Message]:
    """The parts that are read or named: of alternatives one, plain text before HTML."""
    kind = message.get_content_type()
    if kind == "multipart/alternative":
        parts = _parts(message)
        texts = [part for part in parts if part.get_content_type() == "text/plain"]
        if texts and _content(texts[0]).strip():
            parts = texts[:1]
        elif parts:
            parts = parts[-1:]
        for part in parts:
            yield from _bodies(part)
    elif message.is_multipart() and kind != "message/rfc822":
        for part in _parts(message):
            yield from _bodies(part)
    else:
        yield message


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
