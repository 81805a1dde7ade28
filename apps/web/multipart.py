"""Files of a multipart body (RFC 7578), written to disk as they come."""

from __future__ import annotations

import re
from contextlib import ExitStack, suppress
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ...core.errors import InputError
from .errors import TooLarge
from .files import Files, Incoming

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

    from ...pipeline.settings import ServiceSettings

__all__ = ["Receiver"]

_ESCAPED = {"%22": '"', "%0D": "\r", "%0A": "\n"}
"""How forms write these in a file's name: https://html.spec.whatwg.org/#multipart-form-data."""

_EXTENDED = re.compile(
    rb"""filename\*\s*=\s*"?(?P<charset>[\w.-]+)'[\w-]*'(?P<value>[\w%!#$&+.^`|~-]+)""",
    re.IGNORECASE,
)
_ENCODED = re.compile(r"(?:=\?[\w.-]+\?[bq]\?[^?\s]*\?=\s*)+", re.IGNORECASE)


class Receiver:
    """Takes a body block by block; what it received lies in `incoming` until it is closed."""

    def __init__(self, files: Files, content_type: str, settings: ServiceSettings) -> None:
        """Raises InputError for a content type without a boundary."""
        from python_multipart import MultipartParser
        from python_multipart.multipart import parse_options_header

        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if not boundary:
            raise InputError("the body's content type names no boundary; send it as a form does")
        self._files, self._settings = files, settings
        self._open = ExitStack()
        self.incoming: list[Incoming] = []
        self._name, self._value = b"", b""
        self._headers: dict[bytes, bytes] = {}
        self._file: Incoming | None = None
        self._ended = False
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_end,
            "on_part_data": self._data,
            "on_end": self._end,
        }
        self._parser = MultipartParser(boundary, callbacks)

    def write(self, block: bytes) -> None:
        """Take more of the body. Raises InputError, TooLarge and StorageError."""
        from python_multipart.exceptions import FormParserError

        try:
            self._parser.write(block)
        except FormParserError as error:
            raise InputError(f"the body is no form: {error}; send it as a form does") from error

    def finish(self) -> None:
        """Raises InputError where the body ended too soon, or holds no file."""
        if not self._ended:
            raise InputError("the body ends within a part; send it again as a whole")
        if not self.incoming:
            raise InputError("no file in the body; choose one or more")

    def close(self) -> None:
        """Let go of what was received and is not kept."""
        self._open.close()

    # -- what the parser says

    def _begin(self) -> None:
        self._headers, self._file = {}, None

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name, self._value = b"", b""

    def _headers_end(self) -> None:
        from python_multipart.multipart import parse_options_header

        disposition = self._headers.get(b"content-disposition", b"")
        _, options = parse_options_header(disposition)
        name = _extended(disposition) or _plain(options.get(b"filename", b""))
        if not name:  # a field, or a choice of files that was left empty
            return
        if len(self.incoming) >= self._settings.upload_files:
            raise TooLarge(
                f"more than {self._settings.upload_files} files at once; send them in several goes"
            )
        receive = self._files.receive(name, self._settings.file_bytes)
        self._file = self._open.enter_context(receive)
        self.incoming.append(self._file)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])

    def _end(self) -> None:
        self._ended = True


def _extended(disposition: bytes) -> str:
    """The name as `filename*` has it, which some clients send alone or besides; "" without one.

    Its characters are told by RFC 5987 (`UTF-8''%C3%A4.txt`); RFC 7578 wants none of it in forms.
    """
    match = _EXTENDED.search(disposition)
    if match is None:
        return ""
    charset, escaped = match["charset"].decode("ascii"), match["value"].decode("ascii")
    try:
        return unquote(escaped, charset, "replace")
    except LookupError:
        return unquote(escaped)


def _plain(raw: bytes) -> str:
    """The name as `filename` has it: as forms escape it, or as mails do (RFC 2047), and .NET."""
    name = raw.decode("utf-8", "surrogateescape")
    if _ENCODED.fullmatch(name):
        with suppress(LookupError, ValueError, HeaderParseError):
            return str(make_header(decode_header(name)))
    for escape, character in _ESCAPED.items():
        name = name.replace(escape, character)
    return name
