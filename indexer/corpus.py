"""Files, folders and datasets -> documents, one after the other.

Nothing is held but the file at hand, and of line formats not even that. What cannot be used raises
an InputError that names the place, or is given to `on_bad` and passed over, with the origin of the
documents that are missing for it.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

from ..core.compression import COMPRESSED, OnRead, content_suffix
from ..core.errors import InputError, first_line
from ..core.records import Document, Scalar
from ..core.rows import ROW_SUFFIXES, TEXT, document_rows
from .documents.extracted import Extracted
from .documents.html import read_html
from .documents.pdf import read_pdf
from .documents.text import read_markdown, read_text
from .documents.word import read_docx

__all__ = ["SUFFIXES", "corpus_size", "read_dataset", "read_documents"]

OnBad: TypeAlias = Callable[[InputError, str], None]
"""Takes what is wrong, and the origin of the documents that are missing for it."""
SourceRow: TypeAlias = tuple[str, Mapping[str, Any]]
"""Where a row stands (`faq.jsonl:17`), and its fields."""
_OnError: TypeAlias = Callable[[InputError], None]
"""Takes what is wrong with something of one origin; raises it, or lets reading go on."""

_DOCUMENT_READERS: dict[str, Callable[[Path], Extracted]] = {
    ".txt": read_text,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
}
"""Readers of files that hold one document."""
SUFFIXES = (*_DOCUMENT_READERS, *ROW_SUFFIXES)
_MAY_BE_COMPRESSED = {*ROW_SUFFIXES, ".txt"} - {".parquet"}
_DATASET_READERS = ("json", "csv", "parquet", "text")
"""Readers of the `datasets` library that take files where others take a configuration."""

_ID = ("id", "_id", "docid", "doc_id", "pid")
_TITLE = ("title", "name", "heading")
_NESTED = ("metadata", "meta")


def corpus_size(paths: Sequence[Path]) -> int:
    """Bytes of the files that `read_documents` would read, as they lie on disk."""
    return sum(_size(file) for path in paths for file, _ in _files(path, lambda *_: None))


def read_documents(
    paths: Sequence[Path], *, on_bad: OnBad | None = None, on_bytes: OnRead | None = None
) -> Iterator[Document]:
    """The documents of files and folders, in the order of their names.

    Folders are read recursively; hidden files and unknown suffixes in them are passed over.
    `on_bytes` takes how many bytes of all files have been read. Raises InputError at the first
    thing that cannot be used, unless `on_bad` takes it.
    """
    before = 0

    def on_read(size: int) -> None:
        if on_bytes is not None:
            on_bytes(before + size)

    for path in paths:
        for file, name in _files(path, on_bad):
            on_error = _for_origin(on_bad, str(file.absolute()))
            yield from _guarded(_read_file(file, name, on_error, on_read), on_error)
            before += _size(file)
            on_read(0)


def read_dataset(spec: str, *, split: str, on_bad: OnBad | None = None) -> Iterator[Document]:
    """The rows of a set of the `datasets` library, streamed: ``NAME[:CONFIG]``, a local folder,
    or a reader with a file (``json:rows.jsonl``).

    Raises InputError where it cannot be opened.
    """
    import datasets

    name, _, config = (spec, "", "") if Path(spec).exists() else spec.partition(":")
    local = name in _DATASET_READERS and config
    files: dict[str, Any] = {"data_files": config} if local else {"name": config or None}
    origin = f"dataset:{spec}:{split}"
    datasets.disable_progress_bars()
    try:
        rows = datasets.load_dataset(name, split=split, streaming=True, **files)
        named = ((f"{spec}:{number}", row) for number, row in enumerate(rows, 1))
        yield from _documents(named, origin, _for_origin(on_bad, origin))
    except InputError:
        raise
    except Exception as error:  # the library raises whatever its many readers do
        raise InputError(
            f"dataset {spec}, split {split}: cannot be read ({first_line(error)}); "
            "check names and network"
        ) from error


def _files(path: Path, on_bad: OnBad | None) -> Iterator[tuple[Path, str]]:
    """The files that a path stands for, each with the name its documents go by."""
    on_error = _for_origin(on_bad, str(path.absolute()))
    if not path.exists():
        on_error(InputError(f"{path}: no such file or folder"))
    elif path.is_dir():
        for file in _inside(path, on_bad):
            if _suffix(file) in SUFFIXES and _may_be_read(file):
                yield file, file.relative_to(path).as_posix()
    elif _suffix(path) in SUFFIXES:
        yield path, path.name
    else:
        known = " ".join(SUFFIXES)
        on_error(InputError(f"{path}: unknown kind of file; read are {known}, also .gz and .zst"))


def _inside(folder: Path, on_bad: OnBad | None) -> list[Path]:
    """Files of a folder and of those in it, without hidden ones, in the order of their names."""

    def unread(error: OSError) -> None:  # or what lies in it would pass for gone
        on_error = _for_origin(on_bad, str(Path(error.filename).absolute()))
        on_error(_unreadable(error))

    files: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=unread):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [Path(place, name) for name in names if not name.startswith(".")]
    return sorted(files)


def _may_be_read(file: Path) -> bool:
    """Whether it is no pipe, device or link to nothing; what cannot be known shows on reading."""
    try:
        return stat.S_ISREG(file.stat().st_mode)
    except OSError as error:
        return not isinstance(error, FileNotFoundError)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _unreadable(error: OSError) -> InputError:
    why = error.strerror or error
    return InputError(
        f"{error.filename}: cannot be read: {why}; mend that, or go on with --skip-bad"
    )


def _suffix(path: Path) -> str:
    """What tells the format; empty for a compressed file of a kind that is not read so."""
    suffix = content_suffix(path)
    if path.suffix.lower() in COMPRESSED and suffix not in _MAY_BE_COMPRESSED:
        return ""
    return suffix


def _read_file(file: Path, name: str, on_error: _OnError, on_read: OnRead) -> Iterator[Document]:
    origin, suffix = str(file.absolute()), _suffix(file)
    if not file.stat().st_size:
        raise InputError(f"{file}: the file is empty; remove it, or fill it")
    if suffix in ROW_SUFFIXES:
        rows = document_rows(file, on_error, on_read)
        yield from _documents(((f"{name}:{r.number}", r.fields) for r in rows), origin, on_error)
        return
    document = _DOCUMENT_READERS[suffix](file)
    if not document.text.strip():
        raise InputError(f"{file}: there is no text in it; remove it, or give one with text")
    yield Document(
        id=name,
        text=document.text,
        title=document.title or _title_from(file),
        source=name,
        origin=origin,
        metadata=document.metadata,
        pages=document.pages,
        rows=document.rows,
    )


def _documents(rows: Iterable[SourceRow], origin: str, on_error: _OnError) -> Iterator[Document]:
    """Documents of rows; of rows that share a SQuAD context, the first only."""
    with closing(_Contexts()) as contexts:
        for source, fields in rows:
            try:
                document = _document(source, fields, origin)
            except InputError as error:
                on_error(error)
                continue
            if not _is_context(fields) or contexts.is_new(document.id):
                yield document


def _text_key(fields: Mapping[str, Any]) -> str | None:
    return next(
        (k for k in TEXT.names if isinstance(fields.get(k), str) and fields[k].strip()), None
    )


def _is_context(fields: Mapping[str, Any]) -> bool:
    return _text_key(fields) == "context"


def _document(source: str, fields: Mapping[str, Any], origin: str) -> Document:
    key = _text_key(fields)
    if key is None:
        names = ", ".join(map(str, fields)) or "nothing"
        known = ", ".join(TEXT.names)
        raise InputError(
            f"{source}: no text; it has {names}, and the text is looked for in {known}"
        )
    text = str(fields[key])
    title = next((fields[k] for k in _TITLE if isinstance(fields.get(k), str)), "").replace(
        "_", " "
    )
    own = next((fields[k] for k in _ID if fields.get(k) not in (None, "")), None)
    if key == "context":  # the row is a question about it, and its other fields are the question's
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        own = f"{title}#{digest}"
    return Document(
        id=source if own is None else str(own),
        text=text,
        title=title,
        source=source,
        origin=origin,
        metadata={} if key == "context" else _metadata(fields, key),
    )


def _metadata(fields: Mapping[str, Any], text: str) -> dict[str, Scalar]:
    """The scalar fields of a row that are nothing else, those of `metadata` and `meta` too.

    NaN, with which Parquet and pandas mark an empty cell, says nothing, and the memory refuses it.
    """
    known = {text, *_ID, *_TITLE}
    own = {k: v for k, v in fields.items() if k not in known and k not in _NESTED}
    for name in _NESTED:
        nested = fields.get(name)
        if isinstance(nested, Mapping):
            own.update(nested)
    scalars = {str(k): v for k, v in own.items() if isinstance(v, (str, int, float, bool))}
    return {k: v for k, v in scalars.items() if not isinstance(v, float) or math.isfinite(v)}


class _Contexts:
    """Ids of the contexts that came, on disk: a set of questions repeats each some five times."""

    def __init__(self) -> None:
        import sqlite3

        self._rows = sqlite3.connect("")
        self._rows.execute("CREATE TABLE seen (id BLOB PRIMARY KEY) WITHOUT ROWID")

    def close(self) -> None:
        self._rows.close()

    def is_new(self, name: str) -> bool:
        key = name.encode("utf-8", "surrogatepass")
        added = self._rows.execute("INSERT OR IGNORE INTO seen VALUES (?)", (key,))
        return added.rowcount > 0


def _guarded(documents: Iterator[Document], on_error: _OnError) -> Iterator[Document]:
    """The documents of one file; what makes the whole file unusable is treated like a bad row."""
    try:
        yield from documents
    except InputError as error:
        on_error(error)
    except OSError as error:
        on_error(_unreadable(error))


def _for_origin(on_bad: OnBad | None, origin: str) -> _OnError:
    """Raises what is wrong, or hands it on with the origin it concerns."""

    def on_error(error: InputError) -> None:
        if on_bad is None:
            raise error
        on_bad(error, origin)

    return on_error


def _title_from(file: Path) -> str:
    """A title from a file's name: `two_factor-login.md` -> `two factor login`."""
    stem = file.name
    while (cut := Path(stem).stem) != stem:
        stem = cut
    return re.sub(r"[-_\s]+", " ", stem).strip()
