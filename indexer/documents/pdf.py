"""PDF: the text of all pages."""

from __future__ import annotations

import re
from pathlib import Path

from ...core.errors import InputError, first_line
from .extracted import Extracted

__all__ = ["read_pdf"]


def read_pdf(path: Path) -> Extracted:
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
    return Extracted(text, title.strip())


def _paragraphs(page: str) -> str:
    """Lines joined where a sentence goes on; a hyphen that only divided a word is dropped."""
    text = re.sub(r"(?<=[a-zäöüßéèà])-\n(?=[a-zäöüßéèà])", "", page)
    return re.sub(r"(?<=[^\n.!?:;])\n(?=[^\n•\-*\d#])", " ", text)
