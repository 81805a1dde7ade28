"""Lines and form values of a PDF's pages, printed as JSON: the program that `pdf_pages` runs.

    python -m spanmem.indexer.documents.pdfium FILE MEGABYTES SECONDS

prints ``{"title": ...}``, for each page ``{"lines": [...], "fields": [...], "pictured": share}``
with the arguments of `Line`, `Field` and `Page`, and last ``{"pages": count}``, or
``{"error": what and the way out}``.
"""

from __future__ import annotations

import ctypes
import json
import math
import os
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pypdfium2.raw as pdfium

__all__ = ["main", "rows"]

_CHARACTERS = 20_000_000
"""Of one file at most: some 6,000 full pages."""
_PAGES = 50_000
"""Of one file at most."""
_GAP = 0.9
"""Space on a base line, in heights, from which on two runs may be cells or columns."""
_LOCKED = "the PDF is locked with a password; unlock it first"
_HIDDEN = 2 | 32
"""Flags of annotations: hidden, not shown on screen (ISO 32000-1, 12.5.3)."""
_SECRET = 1 << 13
"""Flag of text fields: a password (ISO 32000-1, 12.7.4.3)."""
_OBJECTS, _IN_FORM, _FORMS = 10_000, 20, 3
"""Of a page, and of a form within it, that are looked at for pictures; forms in forms at most."""
_OPTIONS = 10_000
"""Of a list that are looked at."""
_BREAKS, _SPACE, _HYPHEN = (10, 13), 32, 2
"""Codes that PDFium gives: 2 is a hyphen at the end of a line that another follows."""
_UNMAPPED = (0, 0xFFFE, 0xFFFF)
_SMALL, _RAISED = 0.8, 0.1
"""Height of a raised digit at most, and how far its middle lies above the line's, in heights."""
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LEVEL = 0.95
"""Cosine of the angle up to which text counts as level."""
_PRINT = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


class _Unreadable(Exception):
    """What is the matter with the file, and the way out."""


def main(file: str, megabytes: int, seconds: int) -> None:
    """Prints the rows of a file, within so much memory and time of computing."""
    _limit(megabytes << 20, seconds)
    for row in rows(file):
        sys.stdout.write(_PRINT(row) + "\n")


def rows(file: str) -> Iterator[dict[str, Any]]:
    """What `main` prints; the last row holds "pages" or "error"."""
    pdfium.FPDF_InitLibrary()
    document = pdfium.FPDF_LoadDocument(os.fsencode(file), None)
    if not document:
        code = pdfium.FPDF_GetLastError()
        known = {pdfium.FPDF_ERR_PASSWORD: _LOCKED, pdfium.FPDF_ERR_SECURITY: _LOCKED}
        yield {"error": known.get(code, _damaged("it has no pages that can be found"))}
        return
    try:
        yield {"title": _text(pdfium.FPDF_GetMetaText, document, b"Title").strip()}
        callbacks = pdfium.FPDF_FORMFILLINFO(version=2)
        form = pdfium.FPDFDOC_InitFormFillEnvironment(document, callbacks)
        try:
            yield from _pages(document, form)
        finally:
            pdfium.FPDFDOC_ExitFormFillEnvironment(form)
    except _Unreadable as error:
        yield {"error": str(error)}
    except MemoryError:
        yield {"error": _damaged("it takes more memory than one file may")}
    finally:
        pdfium.FPDF_CloseDocument(document)


def _limit(size: int, seconds: int) -> None:
    """Ends this process where it goes beyond; systems that know no such limit have none."""
    for kind, most in (
        (resource.RLIMIT_AS, size),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))


def _damaged(why: str) -> str:
    return f"no readable PDF ({why}); save it again"


def _pages(document: Any, form: Any) -> Iterator[dict[str, Any]]:
    count, characters = pdfium.FPDF_GetPageCount(document), 0
    if count > _PAGES:
        raise _Unreadable(f"the PDF claims {count} pages, and {_PAGES} are read; save it in parts")
    for number in range(count):
        page = pdfium.FPDF_LoadPage(document, number)
        if not page:
            raise _Unreadable(_damaged(f"page {number + 1} of {count} cannot be loaded"))
        turned = _turned(page)
        pdfium.FORM_OnAfterLoadPage(page, form)  # without it no box counts as checked
        fields = list(_fields(page, form, turned))
        lines = _lines(document, page, turned)
        pictured = _pictured(page, drawn=not lines and not fields)
        pdfium.FORM_OnBeforeClosePage(page, form)
        pdfium.FPDF_ClosePage(page)
        characters += sum(len(line[0]) for line in lines)
        if characters > _CHARACTERS:
            raise _Unreadable(f"the PDF holds more than {_CHARACTERS} characters; save it in parts")
        yield {"lines": lines, "fields": fields, "pictured": pictured}
    yield {"pages": count}


_Box = tuple[float, float, float, float]
_Turn = Callable[[float, float, float, float], _Box]


def _turned(page: Any) -> _Turn:
    """From a box on the page (left, bottom, right, top) to the same as the page is shown."""
    quarters = pdfium.FPDFPage_GetRotation(page)
    turns: dict[int, _Turn] = {
        1: lambda x0, y0, x1, y1: (y0, -x1, y1, -x0),
        2: lambda x0, y0, x1, y1: (-x1, -y1, -x0, -y0),
        3: lambda x0, y0, x1, y1: (-y1, x0, -y0, x1),
    }
    return turns.get(quarters, lambda x0, y0, x1, y1: (x0, y0, x1, y1))


def _pictured(page: Any, *, drawn: bool) -> float:
    """Share of the page that pictures cover, and filled shapes if `drawn`, 0..1; at most their sum.

    Letters may be drawn as shapes, which no text tells.
    """
    whole = pdfium.FPDF_GetPageWidthF(page) * pdfium.FPDF_GetPageHeightF(page)
    sides = [ctypes.c_float() for _ in range(4)]
    covered = 0.0
    for at in range(min(_OBJECTS, pdfium.FPDFPage_CountObjects(page))):
        item = pdfium.FPDFPage_GetObject(page, at)
        if not _is_picture(item, drawn=drawn):
            continue
        if pdfium.FPDFPageObj_GetBounds(item, *map(ctypes.byref, sides)):
            left, bottom, right, top = (side.value for side in sides)
            covered += max(0.0, right - left) * max(0.0, top - bottom)
    return round(min(1.0, covered / whole), 3) if whole > 0 else 0.0


def _is_picture(item: Any, *, drawn: bool, depth: int = 0) -> bool:
    kind = pdfium.FPDFPageObj_GetType(item)
    if kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _FORMS:
        count = min(_IN_FORM, pdfium.FPDFFormObj_CountObjects(item))
        return any(
            _is_picture(pdfium.FPDFFormObj_GetObject(item, at), drawn=drawn, depth=depth + 1)
            for at in range(count)
        )
    if kind == pdfium.FPDF_PAGEOBJ_PATH and drawn:
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDFPath_GetDrawMode(item, ctypes.byref(fill), ctypes.byref(stroke))
        return fill.value != 0
    return bool(kind == pdfium.FPDF_PAGEOBJ_IMAGE)


def _lines(document: Any, page: Any, turned: _Turn) -> list[list[Any]]:
    """The page's lines in drawing order; a line that leaves a wide space is cut there."""
    text_page = pdfium.FPDFText_LoadPage(page)
    rectangle = pdfium.FS_RECTF()
    quarters = pdfium.FPDFPage_GetRotation(page)
    run = _Run()
    hyphens: list[tuple[int, Any]] = []  # of a line, with the object that holds it
    for at in range(pdfium.FPDFText_CountChars(text_page)):
        code = pdfium.FPDFText_GetUnicode(text_page, at)
        if code in _BREAKS:
            run.finish()
        elif code == _SPACE:
            run.letters.append(" ")
        elif code not in _UNMAPPED and pdfium.FPDFText_GetLooseCharBox(text_page, at, rectangle):
            box = turned(rectangle.left, rectangle.bottom, rectangle.right, rectangle.top)
            if run.ends_before(box):
                run.finish()
            if run.box is None:
                angle = pdfium.FPDFText_GetCharAngle(text_page, at) + quarters * math.pi / 2
                run.level = math.cos(angle) > _LEVEL
            run.add("-" if code == _HYPHEN else chr(code), box)
            if code == _HYPHEN:
                run.finish()
                hyphens.append((len(run.lines) - 1, pdfium.FPDFText_GetTextObject(text_page, at)))
    run.finish()
    pdfium.FPDFText_ClosePage(text_page)
    for line, holder in hyphens:
        if _is_soft(document, page, holder):
            run.lines[line].append(True)
    return run.lines


class _Run:
    """Letters that stand on one base line, and the lines before them."""

    def __init__(self) -> None:
        self.letters: list[str] = []
        self.box: _Box | None = None
        self.level = True
        self.lines: list[list[Any]] = []

    def add(self, letter: str, box: _Box) -> None:
        """Raised digits become superscripts: they must not join the number before them."""
        held = self.box or box
        high = held[3] - held[1]
        small = box[3] - box[1] < _SMALL * high
        raised = small and box[1] + box[3] > held[1] + held[3] + _RAISED * high
        self.letters.append(letter.translate(_SUPERSCRIPTS) if raised and self.level else letter)
        (x0, y0, x1, y1), (left, bottom, right, top) = held, box
        self.box = min(x0, left), min(y0, bottom), max(x1, right), max(y1, top)

    def ends_before(self, box: _Box) -> bool:
        """Whether a wide space divides it from what stands at `box`."""
        if self.box is None or not self.level or self.letters[-1:] != [" "]:
            return False
        return box[0] - self.box[2] > _GAP * (self.box[3] - self.box[1])

    def finish(self) -> None:
        text = " ".join(_paired("".join(self.letters)).split())
        if text and self.box is not None:
            self.lines.append([text, *(round(side, 2) for side in self.box), self.level])
        self.letters, self.box, self.level = [], None, True


def _paired(text: str) -> str:
    """Halves of characters beyond the first plane joined, as some fonts name them."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _is_soft(document: Any, page: Any, holder: Any) -> bool:
    """Whether the hyphen at the end of a text object is U+00AD.

    Where a line follows, PDFium shows both kinds alike; so the object is looked at on a page alone.
    """
    if not pdfium.FPDFPage_RemoveObject(page, holder):
        return False
    last = pdfium.FPDF_GetPageCount(document)
    alone = pdfium.FPDFPage_New(document, last, 1000.0, 1000.0)
    pdfium.FPDFPage_InsertObject(alone, holder)
    text_page = pdfium.FPDFText_LoadPage(alone)
    count = pdfium.FPDFText_CountChars(text_page)
    soft = count > 0 and pdfium.FPDFText_GetUnicode(text_page, count - 1) == 0xAD
    pdfium.FPDFText_ClosePage(text_page)
    pdfium.FPDF_ClosePage(alone)
    pdfium.FPDFPage_Delete(document, last)
    return bool(soft)


def _fields(page: Any, form: Any, turned: _Turn) -> Iterator[list[Any]]:
    """Values of the form's fields on the page, and what is written on it as a note."""
    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        hidden = pdfium.FPDFAnnot_GetFlags(annotation) & _HIDDEN
        field: tuple[str, str, str] | None = None
        if not hidden and kind == pdfium.FPDF_ANNOT_FREETEXT:
            field = "note", "", _text(pdfium.FPDFAnnot_GetStringValue, annotation, b"Contents")
        elif not hidden and kind == pdfium.FPDF_ANNOT_WIDGET:
            field = _field(form, annotation)
        rectangle = pdfium.FS_RECTF()
        if field and field[2].strip() and pdfium.FPDFAnnot_GetRect(annotation, rectangle):
            sides = rectangle.left, rectangle.bottom, rectangle.right, rectangle.top
            yield [*field[:2], field[2].strip(), *(round(side, 2) for side in turned(*sides))]
        pdfium.FPDFPage_CloseAnnot(annotation)


def _field(form: Any, annotation: Any) -> tuple[str, str, str] | None:
    """Kind, name and value of a form's field; None where it has none to show."""
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    name = _text(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, annotation) or _text(
        pdfium.FPDFAnnot_GetFormFieldName, form, annotation
    )
    value = _text(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation)
    if kind in (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON):
        checked = pdfium.FPDFAnnot_IsChecked(form, annotation)
        exported = _text(pdfium.FPDFAnnot_GetFormFieldExportValue, form, annotation)
        return ("check", name, exported or "Yes") if checked else None
    if kind in (pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX):
        labels = [
            _text(pdfium.FPDFAnnot_GetOptionLabel, form, annotation, option)
            for option in range(min(_OPTIONS, pdfium.FPDFAnnot_GetOptionCount(form, annotation)))
            if pdfium.FPDFAnnot_IsOptionSelected(form, annotation, option)
        ]
        return "text", name, ", ".join(labels) or value
    secret = pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation) & _SECRET
    return ("text", name, value) if kind == pdfium.FPDF_FORMFIELD_TEXTFIELD and not secret else None


def _text(getter: Callable[..., int], *arguments: Any) -> str:
    """What one of PDFium's functions gives as UTF-16: asked for its size, then for itself."""
    pointer = ctypes.POINTER(pdfium.FPDF_WCHAR)
    takes_bytes = getter is pdfium.FPDF_GetMetaText
    size = getter(*arguments, None, 0)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    getter(*arguments, buffer if takes_bytes else ctypes.cast(buffer, pointer), size)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
