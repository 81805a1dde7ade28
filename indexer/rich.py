"""Files that hold one document: plain text, Markdown, HTML, PDF and Word."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from ..memory.errors import InputError, first_line
from .formats import decoded, open_bytes

__all__ = ["read_docx", "read_html", "read_markdown", "read_pdf", "read_text"]

_BLOCKS = (
    "p div section article aside main header h1 h2 h3 h4 h5 h6 ul ol dl dt dd li table caption tr "
    "blockquote pre figure figcaption hr br details summary address body"
)
_BLOCK = frozenset(_BLOCKS.split())
_PARAGRAPH = _BLOCK - {"li", "tr", "br", "dt", "dd"}
_DROPPED = (
    "script, style, noscript, template, nav, footer, form, button, select, input, textarea, svg, "
    "iframe, head"
)


_WORD_BYTES = 100_000_000
"""Of XML in a Word file, unpacked; its tree takes ten times as much memory."""


def read_text(path: Path) -> tuple[str, str]:
    """A plain text file; it names no title. Raises InputError for what is no UTF-8 text."""
    with open_bytes(path) as file:
        return decoded(path, file.read()), ""


def read_markdown(path: Path) -> tuple[str, str]:
    """Markdown as it stands, YAML front matter blanked out; its title, or its first heading."""
    text, _ = read_text(path)
    title = ""
    if front := re.match(r"---\r?\n(.*?)\r?\n(?:---|\.\.\.)\r?\n", text, re.DOTALL):
        blank = re.sub(r"[^\r\n]", " ", front.group())  # offsets stay those of the file
        text = blank + text[front.end() :]
        if named := re.search(r"^title:\s*(.+?)\s*$", front.group(1), re.MULTILINE):
            title = named.group(1).strip("\"'")
    if not title and (heading := re.search(r"^\#{1,6}\s+(.+?)\s*\#*\s*$", text, re.MULTILINE)):
        title = heading.group(1)
    return text, title


def read_html(path: Path) -> tuple[str, str]:
    """The text a reader of the page sees, without navigation and forms; one block a paragraph."""
    from selectolax.lexbor import LexborHTMLParser

    raw = path.read_bytes()
    if b"\0" in raw:
        raise InputError(f"{path}: binary data, not HTML; give a text file")
    page = LexborHTMLParser(_decoded(path, raw))
    named, heading = page.css_first("title"), page.css_first("h1")
    title = next((n.text(strip=True) for n in (named, heading) if n and n.text(strip=True)), "")
    for node in page.css(_DROPPED):
        node.decompose()
    try:
        text = "".join(_flow(page.body)) if page.body else ""
    except RecursionError as error:
        raise InputError(f"{path}: the HTML is nested too deeply; save it as text") from error
    lines = [re.sub(r"[^\S\n]+", " ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), " ".join(title.split())


def _decoded(path: Path, raw: bytes) -> str:
    """By the charset the page names, else as UTF-8."""
    named = re.search(rb"<meta[^>]{0,200}?charset=[\"']?([\w-]{2,40})", raw[:4096], re.IGNORECASE)
    charset = named.group(1).decode() if named else "utf-8"
    try:
        return raw.decode("utf-8-sig" if charset.lower() in ("utf-8", "utf8") else charset)
    except (LookupError, UnicodeError) as error:
        raise InputError(f"{path}: not {charset} text ({error}); convert it to UTF-8") from error


def _flow(node: Any) -> Iterator[str]:
    """Texts of the node in order, with line breaks where blocks begin and end."""
    for child in node.iter(include_text=True):
        tag = child.tag
        if tag == "-text":
            yield re.sub(r"\s+", " ", child.text(deep=False))
        elif tag == "br":
            yield "\n"
        elif tag == "tr":
            own = [c for c in child.iter() if c.tag in ("th", "td")]  # not those of inner tables
            cells = [" ".join("".join(_flow(c)).split()) for c in own]
            yield "\n" + ": ".join(cell for cell in cells if cell) + "\n"
        elif tag in _BLOCK:
            around = "\n\n" if tag in _PARAGRAPH else "\n"
            yield around
            yield from _flow(child)
            yield around
        else:
            yield from _flow(child)


def read_pdf(path: Path) -> tuple[str, str]:
    """The text of all pages, lines joined to paragraphs. Raises InputError where there is none."""
    import logging

    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.ERROR)
    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise InputError(f"{path}: the PDF is locked with a password; unlock it first")
        pages = [page.extract_text() for page in reader.pages]
        title = str((reader.metadata.title if reader.metadata else "") or "")
    except InputError:
        raise
    except OSError:
        raise
    except Exception as error:  # damaged files fail anywhere in the library
        raise InputError(f"{path}: no readable PDF ({first_line(error)}); save it again") from error
    text = "\n\n".join(_paragraphs(page) for page in pages if page.strip())
    if not text.strip():
        raise InputError(f"{path}: the PDF holds pictures but no text; run text recognition first")
    return text, title.strip()


def _paragraphs(page: str) -> str:
    """Lines joined where a sentence goes on; a hyphen that only divided a word is dropped."""
    text = re.sub(r"(?<=[a-zäöüßéèà])-\n(?=[a-zäöüßéèà])", "", page)
    return re.sub(r"(?<=[^\n.!?:;])\n(?=[^\n•\-*\d#])", " ", text)


def read_docx(path: Path) -> tuple[str, str]:
    """Paragraphs, headings and tables in order. Raises InputError for what is no Word file."""
    import docx

    with path.open("rb") as file:
        try:
            return _word(docx.Document(_unpacked(file)))
        except Exception as error:  # damaged files fail anywhere in the library
            raise InputError(
                f"{path}: no readable Word file ({first_line(error)}); save it again"
            ) from error


def _unpacked(file: IO[bytes]) -> io.BytesIO:
    """The parts of a Word file that hold text, not packed; pictures are left empty.

    They are unpacked no further than to the size they declare: a few bytes can stand for gigabytes.
    Raises ValueError where that is too much, or a part defines entities, as no Word file does.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(file) as packed, zipfile.ZipFile(out, "w") as unpacked:
        sizes = {
            name: packed.getinfo(name).file_size if name.lower().endswith((".xml", ".rels")) else 0
            for name in packed.namelist()
        }
        if (total := sum(sizes.values())) > _WORD_BYTES:
            raise ValueError(f"{total:,} bytes of text, and at most {_WORD_BYTES:,} are read")
        for name, size in sizes.items():
            raw = b""
            if size:
                with packed.open(name) as stream:
                    raw = stream.read(size)
            if b"<!DOCTYPE" in raw:
                raise ValueError(f"{name} defines entities")
            unpacked.writestr(name, raw)
    return out


def _word(document: Any) -> tuple[str, str]:
    from docx.table import Table

    blocks: list[str] = []
    heading = ""
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            # A merged cell comes once for each column it covers, as the same object.
            rows = [[cell.text.strip() for cell in dict.fromkeys(r.cells)] for r in block.rows]
            blocks.append("\n".join(": ".join(filter(None, row)) for row in rows))
            continue
        style = (block.style.name or "") if block.style is not None else ""
        if not heading and style.startswith(("Heading", "Title")):
            heading = block.text.strip()
        blocks.append(block.text.strip())
    title = (document.core_properties.title or "").strip()
    return "\n\n".join(block for block in blocks if block), title or heading
