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

from ..core import rows as formats
from ..core.errors import InputError, first_line
from ..core.records import Document, Scalar
from .documents.html import read_html
from .documents.pdf import read_pdf
from .documents.text import read_markdown, read_text
from .documents.word import read_docx

__all__ = ["SUFFIXES", "corpus_size", "read_dataset", "read_documents"]

OnBad: TypeAlias = Callable[[InputError, str], None] | None
OnBytes: TypeAlias = Callable[[int], None] | None
"""Is told how many bytes of all files have been read."""
Row: TypeAlias = tuple[str, Mapping[str, Any]]
"""Where a row stands (`faq.jsonl:17`), and its fields."""

_WHOLE: dict[str, Callable[[Path], tuple[str, str]]] = {
    ".txt": read_text,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
}
"""Readers of files that hold one document: text and title ("" where it names none)."""
_ROWS = {
    ".jsonl": formats.read_json_lines,
    ".ndjson": formats.read_json_lines,
    ".json": formats.read_json,
    ".csv": formats.read_table,
    ".tsv": formats.read_table,
    ".parquet": formats.read_parquet,
}
"""Readers of files that hold one document a row."""
_BUILDERS = ("json", "csv", "parquet", "text")
"""Readers of the `datasets` library that take files where others take a configuration."""
_PACKED = (".gz", ".zst")
SUFFIXES = (*_WHOLE, *_ROWS)

_ID = ("id", "_id", "docid", "doc_id", "pid")
_TEXT = ("text", "contents", "content", "passage", "body", "context")
_TITLE = ("title", "name", "heading")
_NESTED = ("metadata", "meta")


def corpus_size(paths: Sequence[Path]) -> int:
    """Bytes of the files that `read_documents` would read, as they lie on disk."""
    return sum(_size(file) for path in paths for file, _ in _files(path, lambda *_: None))


def read_documents(
    paths: Sequence[Path], *, on_bad: OnBad = None, on_bytes: OnBytes = None
) -> Iterator[Document]:
    """The documents of files and folders, in the order of their names.

    Folders are read recursively; hidden files and unknown suffixes in them are passed over. Raises
    InputError at the first thing that cannot be used, unless `on_bad` takes it.
    """
    before = 0

    def watch(read: int) -> None:
        if on_bytes is not None:
            on_bytes(before + read)

    for path in paths:
        for file, name in _files(path, on_bad):
            tell = _teller(on_bad, str(file.absolute()))
            yield from _guarded(_read_file(file, name, tell, watch), tell)
            before += _size(file)
            watch(0)


def read_dataset(spec: str, *, split: str, on_bad: OnBad = None) -> Iterator[Document]:
    """The rows of a set of the `datasets` library, streamed: ``NAME[:CONFIG]``, a local folder,
    or a reader with a file (``json:rows.jsonl``).

    Raises InputError where it cannot be opened.
    """
    import datasets

    name, _, config = (spec, "", "") if Path(spec).exists() else spec.partition(":")
    local = name in _BUILDERS and config
    files: dict[str, Any] = {"data_files": config} if local else {"name": config or None}
    origin = f"dataset:{spec}:{split}"
    datasets.disable_progress_bars()
    try:
        rows = datasets.load_dataset(name, split=split, streaming=True, **files)
        source = ((f"{spec}:{number}", row) for number, row in enumerate(rows, 1))
        yield from _documents(source, origin, _teller(on_bad, origin))
    except InputError:
        raise
    except Exception as error:  # the library raises whatever its many readers do
        raise InputError(
            f"dataset {spec}, split {split}: cannot be read ({first_line(error)}); "
            "check names and network"
        ) from error


def _files(path: Path, on_bad: OnBad) -> Iterator[tuple[Path, str]]:
    """The files that a path stands for, each with the name its documents go by."""
    tell = _teller(on_bad, str(path.absolute()))
    if not path.exists():
        tell(InputError(f"{path}: no such file or folder"))
    elif path.is_dir():
        for file in _inside(path, on_bad):
            if _kind(file) in SUFFIXES and _may_be_read(file):
                yield file, file.relative_to(path).as_posix()
    elif _kind(path) in SUFFIXES:
        yield path, path.name
    else:
        known = " ".join(SUFFIXES)
        tell(InputError(f"{path}: unknown kind of file; read are {known}, also .gz and .zst"))


def _inside(folder: Path, on_bad: OnBad) -> list[Path]:
    """Files of a folder and of those in it, without hidden ones, in the order of their names."""

    def unread(error: OSError) -> None:  # or what lies in it would pass for gone
        tell = _teller(on_bad, str(Path(error.filename).absolute()))
        tell(_unreadable(error))

    found: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=unread):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place, name) for name in names if not name.startswith(".")]
    return sorted(found)


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


def _kind(path: Path) -> str:
    suffixes = [s.lower() for s in path.suffixes[-2:]]
    if suffixes and suffixes[-1] in _PACKED:
        inner = suffixes[0] if len(suffixes) > 1 else ""
        return inner if inner in {*_ROWS, ".txt"} - {".parquet"} else ""
    return suffixes[-1] if suffixes else ""


def _read_file(
    file: Path, name: str, tell: formats.Tell, watch: formats.Watch
) -> Iterator[Document]:
    origin, kind = str(file.absolute()), _kind(file)
    if not file.stat().st_size:
        raise InputError(f"{file}: the file is empty; remove it, or fill it")
    if kind in _ROWS:
        rows = _ROWS[kind](file, tell, watch)
        yield from _documents(((f"{name}:{at}", row) for at, row in rows), origin, tell)
        return
    text, title = _WHOLE[kind](file)
    if not text.strip():
        raise InputError(f"{file}: there is no text in it; remove it, or give one with text")
    yield Document(id=name, text=text, title=title or _readable(file), source=name, origin=origin)


def _documents(rows: Iterable[Row], origin: str, tell: formats.Tell) -> Iterator[Document]:
    """Documents of rows; of rows that share a SQuAD context, the first only."""
    with closing(_Contexts()) as contexts:
        for place, row in rows:
            try:
                document = _document(place, row, origin)
            except InputError as error:
                tell(error)
                continue
            if not _is_context(row) or contexts.is_new(document.id):
                yield document


def _text_key(row: Mapping[str, Any]) -> str | None:
    return next((k for k in _TEXT if isinstance(row.get(k), str) and row[k].strip()), None)


def _is_context(row: Mapping[str, Any]) -> bool:
    return _text_key(row) == "context"


def _document(place: str, row: Mapping[str, Any], origin: str) -> Document:
    key = _text_key(row)
    if key is None:
        found = ", ".join(map(str, row)) or "nothing"
        raise InputError(
            f"{place}: no text; it has {found}, and the text is looked for in {', '.join(_TEXT)}"
        )
    text = str(row[key])
    title = next((row[k] for k in _TITLE if isinstance(row.get(k), str)), "").replace("_", " ")
    own = next((row[k] for k in _ID if row.get(k) not in (None, "")), None)
    if key == "context":  # a row is a question about it, and its other fields are the question's
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        own = f"{title}#{digest}"
    return Document(
        id=place if own is None else str(own),
        text=text,
        title=title,
        source=place,
        origin=origin,
        metadata={} if key == "context" else _metadata(row, key),
    )


def _metadata(row: Mapping[str, Any], text: str) -> dict[str, Scalar]:
    """The scalar fields of a row that are nothing else, those of `metadata` and `meta` too.

    NaN, with which Parquet and pandas mark an empty cell, says nothing, and the memory refuses it.
    """
    known = {text, *_ID, *_TITLE}
    fields = {k: v for k, v in row.items() if k not in known and k not in _NESTED}
    for name in _NESTED:
        nested = row.get(name)
        if isinstance(nested, Mapping):
            fields.update(nested)
    scalars = {str(k): v for k, v in fields.items() if isinstance(v, (str, int, float, bool))}
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


def _guarded(documents: Iterator[Document], tell: formats.Tell) -> Iterator[Document]:
    """The documents of one file; what makes the whole file unusable is told like a bad row."""
    try:
        yield from documents
    except InputError as error:
        tell(error)
    except OSError as error:
        tell(_unreadable(error))


def _teller(on_bad: OnBad, origin: str) -> formats.Tell:
    """Raises what is wrong, or hands it on with the origin it concerns."""

    def tell(error: InputError) -> None:
        if on_bad is None:
            raise error
        on_bad(error, origin)

    return tell


def _readable(file: Path) -> str:
    """A title from a file's name: `two_factor-login.md` -> `two factor login`."""
    stem = file.name
    while (cut := Path(stem).stem) != stem:
        stem = cut
    return re.sub(r"[-_\s]+", " ", stem).strip()
