"""Files, folders and datasets -> documents, one after the other.

Nothing is held but the file at hand, and of line formats not even that. What cannot be used raises
an InputError that names the place, or is given to `on_bad` and passed over, with the origin of the
documents that are missing for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from ..core.compression import COMPRESSED, OnRead
from ..core.errors import InputError, RowError, first_line
from ..core.records import Document
from ..core.rows import ROW_SUFFIXES, TABLE_SUFFIXES, document_rows
from .documents.configuration import read_configuration
from .documents.epub import read_epub
from .documents.extracted import Extracted
from .documents.html import read_html
from .documents.latex import read_latex
from .documents.mail import read_mail, read_mails
from .documents.manual import is_manual, read_manual
from .documents.mediawiki import read_wiki
from .documents.notebook import read_notebook
from .documents.opendocument import read_opendocument
from .documents.pdf import read_pdf
from .documents.presentation import read_presentation
from .documents.restructured import read_restructured
from .documents.rtf import read_rtf
from .documents.spreadsheet import read_spreadsheet
from .documents.subtitles import read_subtitles
from .documents.text import read_markdown, read_text
from .documents.word import read_docx
from .documents.xml_exports import read_exports
from .files import NoText, ReadLog, file_kind, file_size, files_inside, unreadable
from .rows import OnError, RowKind, SourceRow, row_documents

__all__ = ["SUFFIXES", "corpus_size", "read_dataset", "read_documents"]

OnBad: TypeAlias = Callable[[InputError, str], None]
"""Takes what is wrong, and the origin of the documents that are missing for it."""

_DOCUMENT_READERS: dict[str, Callable[[Path], Extracted]] = {
    ".txt": read_text,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
    ".pdf": read_pdf,
    **dict.fromkeys((".docx", ".docm", ".dotx", ".dotm"), read_docx),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx"), read_spreadsheet),
    **dict.fromkeys((".pptx", ".pptm", ".ppsx", ".potx"), read_presentation),
    **dict.fromkeys((".odt", ".ott", ".ods", ".odp"), read_opendocument),
    ".epub": read_epub,
    ".rtf": read_rtf,
    ".eml": read_mail,
    ".ipynb": read_notebook,
    ".rst": read_restructured,
    **dict.fromkeys((".srt", ".vtt"), read_subtitles),
    **dict.fromkeys((".man", ".mdoc", ".1p", ".3p", ".3pm", ".3x", ".3ssl"), read_manual),
    **dict.fromkeys((".yaml", ".yml", ".toml", ".ini"), read_configuration),
    ".tex": read_latex,
    ".wiki": read_wiki,
    **dict.fromkeys((".log", ".adoc", ".asciidoc", ".org"), read_text),
}
"""Readers of files that hold one document."""
_MAILBOX, _EXPORT = ".mbox", ".xml"
SUFFIXES = (*_DOCUMENT_READERS, *ROW_SUFFIXES, _MAILBOX, _EXPORT)
_COMPRESSIBLE = frozenset({*ROW_SUFFIXES, ".txt", _EXPORT}) - {".parquet"}
_WORD = 10_000_000
"""Characters of one word from which on a text may be refused, and from twice as many on is: it
would be cut into thousands of passages that say nothing."""
_PAGE, _HEAD = re.compile(r"\s{0,99}<(?:!doctype html|html)\b", re.IGNORECASE), 200
"""How a page begins that was saved as a text."""
_SPACE = re.compile(r"[\s\u0e00-\ud7ff\uf900-\uffef]")
_DATASET_READERS = ("json", "csv", "parquet", "text")
"""Readers of the `datasets` library that take files where others take a configuration."""


def corpus_size(paths: Sequence[Path], *, own: Path | None = None) -> int:
    """Bytes of the files that `read_documents` would read, as they lie on disk."""
    return sum(
        file_size(file)
        for path in paths
        for file, _ in _files(path, None, ReadLog(), own, quiet=True)
    )


def read_documents(
    paths: Sequence[Path],
    *,
    on_bad: OnBad | None = None,
    on_bytes: OnRead | None = None,
    log: ReadLog | None = None,
    own: Path | None = None,
    text_columns: Sequence[str] = (),
) -> Iterator[Document]:
    """The documents of files and folders, in the order of their names.

    Folders are read recursively. Hidden files, memories (`own` is the one that is written to) and
    what is not read or empty are passed over in them, and counted in the `log`; files without a
    suffix are read if they are text. `on_bytes` takes how many bytes of all files have been read;
    `text_columns` name the text of rows, before the usual names. Raises InputError at the first
    thing that cannot be used, unless `on_bad` takes it.
    """
    before = 0
    log = log or ReadLog()

    def on_read(size: int) -> None:
        if on_bytes is not None:
            on_bytes(before + size)

    for path in paths:
        for file, name in _files(path, on_bad, log, own):
            origin = str(file.absolute())
            on_error = _for_origin(on_bad, origin)
            inside = file != path
            cells = _kind(file) in TABLE_SUFFIXES
            kind = RowKind(origin, cells=cells, text=tuple(text_columns))
            documents = _read_file(file, name, kind, on_error, on_read, log)
            yield from _guarded(documents, file, on_error, log if inside else None)
            before += file_size(file)
            on_read(0)


def read_dataset(
    spec: str, *, split: str, on_bad: OnBad | None = None, text_columns: Sequence[str] = ()
) -> Iterator[Document]:
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
        named = (SourceRow(f"{spec}:{number}", row) for number, row in enumerate(rows, 1))
        kind = RowKind(origin, text=tuple(text_columns))
        yield from row_documents(named, kind, _for_origin(on_bad, origin))
    except InputError:
        raise
    except Exception as error:  # the library raises whatever its many readers do
        raise InputError(
            f"dataset {spec}, split {split}: cannot be read ({first_line(error)}); "
            "check names and network"
        ) from error


def _kind(path: Path) -> str:
    return file_kind(path, _COMPRESSIBLE)


def _files(
    path: Path, on_bad: OnBad | None, log: ReadLog, own: Path | None, *, quiet: bool = False
) -> Iterator[tuple[Path, str]]:
    """The files that a path stands for, each with the name its documents go by.

    If `quiet`, nothing is said of what cannot be read.
    """
    if path.is_dir():

        def on_unread(error: OSError) -> None:
            if not quiet:
                _for_origin(on_bad, str(Path(error.filename).absolute()))(unreadable(error))

        for file in files_inside(path, log, on_unread, own):
            if (kind := _kind(file)) in SUFFIXES or not kind:
                yield file, file.relative_to(path).as_posix()
            else:
                log.pass_over(kind, file)
    elif path.exists() and ((kind := _kind(path)) in SUFFIXES or not kind):
        yield path, path.name
    elif not quiet:
        known = " ".join(SUFFIXES)
        why = f"unknown kind of file; read are {known}, also .gz and .zst"
        why = why if path.exists() else "no such file or folder"
        _for_origin(on_bad, str(path.absolute()))(InputError(f"{path}: {why}"))


def _read_file(
    file: Path, name: str, kind: RowKind, on_error: OnError, on_read: OnRead, log: ReadLog
) -> Iterator[Document]:
    if not file.stat().st_size:
        raise NoText(f"{file}: the file is empty; remove it, or fill it", NoText.EMPTY)
    suffix = _kind(file)
    if suffix in ROW_SUFFIXES:
        rows = _rows_of(file, name, on_error, on_read, log)
        yield from row_documents(rows, kind, on_error)
        return
    if suffix == _MAILBOX:
        for number, mail in read_mails(file, on_error):
            yield _document(f"{name}:{number}", mail, file, kind, log)
        return
    if suffix == _EXPORT:
        for page, export in read_exports(file, log.note):
            if export.text.strip():
                yield _document(f"{name}:{page}", export, file, kind, log)
        return
    try:
        document = _DOCUMENT_READERS.get(suffix, read_text)(file)
        if not suffix and is_manual(document.text):
            document = read_manual(file)
        if suffix in ("", ".txt") and _PAGE.match(document.text[:_HEAD]):
            document = read_html(file) if file.suffix.lower() not in COMPRESSED else document
    except RowError as error:
        raise error if suffix else NoText(str(error), NoText.NO_SUFFIX) from error
    if not document.text.strip():
        why = f"{file}: there is no text in it; remove it, or give one with text"
        raise NoText(why, NoText.TEXTLESS)
    yield _document(name, document, file, kind, log)


def _document(name: str, document: Extracted, file: Path, kind: RowKind, log: ReadLog) -> Document:
    for notice in document.notices:
        log.note(notice)
    return Document(
        id=name,
        text=document.text,
        title=document.title or _title_from(file),
        source=name,
        origin=kind.origin,
        metadata=document.metadata,
        pages=document.pages,
        rows=document.rows,
    )


def _rows_of(
    file: Path, name: str, on_error: OnError, on_read: OnRead, log: ReadLog
) -> Iterator[SourceRow]:
    """The rows of a file by the name its documents go by. Raises NoText where there is none."""
    rows = bad = 0

    def on_bad(error: InputError) -> None:
        nonlocal bad
        bad += 1
        on_error(error)

    for row in document_rows(file, on_bad, on_read, log.note):
        rows += 1
        yield SourceRow(f"{name}:{row.number}", row.fields, row.alone)
    if not rows and not bad:
        why = f"{file}: there is no row in it; remove it, or give one with rows"
        raise NoText(why, NoText.TEXTLESS)


def _guarded(
    documents: Iterator[Document], file: Path, on_error: OnError, log: ReadLog | None
) -> Iterator[Document]:
    """The documents of one file; what makes the whole file unusable is treated like a bad row.

    With a `log`, that of a folder, a file without text is counted there.
    """
    try:
        for document in documents:
            if _is_endless(document.text):
                why = f"a word of {_WORD:,} characters or more, which is no text"
                on_error(InputError(f"{document.source}: {why}; remove it, or divide it"))
            else:
                yield document
    except NoText as error:
        if log is None:
            on_error(error)
        else:
            log.pass_over(error.kind, file)
    except InputError as error:
        on_error(error)
    except OSError as error:
        on_error(unreadable(error))


def _is_endless(text: str) -> bool:
    """Whether it holds a word that is endless; linear, and quick where there are none.

    Each stretch of `_WORD` characters is searched for a space: a word twice as long holds one
    stretch wholly. Scripts that write without spaces count as if they had some.
    """
    starts = range(0, len(text) - _WORD + 1, _WORD)
    return any(not _SPACE.search(text, start, start + _WORD) for start in starts)


def _for_origin(on_bad: OnBad | None, origin: str) -> OnError:
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
