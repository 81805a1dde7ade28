"""What libraries keep of PDFs: facts found in their plain text, seconds and megabytes.

python benchmarks/pdf_readers.py {spanmem,pypdf,pdfminer,pdfplumber,pypdfium2}
"""

from __future__ import annotations

import importlib
import json
import logging
import random
import re
import resource
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import SimpleDocTemplate, Table

WORDS = [
    "pump",
    "valve",
    "motor",
    "filter",
    "rotor",
    "nozzle",
    "gasket",
    "spring",
    "lever",
    "handle",
]
PLAIN = "The Orlo pump weighs nine kilograms and delivers forty litres a minute."


def main(library: str) -> None:
    logging.disable(logging.CRITICAL)
    kept, total, lost, seconds = 0, 0, list[str](), 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name, facts in documents(Path(folder)).items():
            start = time.perf_counter()
            try:
                text = READERS[library](Path(folder) / f"{name}.pdf")
            except Exception as error:  # any failure loses the facts
                text = repr(error)
            if name == "long":
                seconds = time.perf_counter() - start
            flat = re.sub(r"(\w-) ", r"\1", " ".join(text.replace("\ufffe", "-").split()))
            missing = [fact for fact in facts if fact not in flat]
            kept, total = kept + len(facts) - len(missing), total + len(facts)
            lost += [name] * bool(missing)
    usage = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, -1))
    row = {"library": library, "kept": kept, "of": total, "lost": lost}
    row |= {"long_s": round(seconds, 1), "mb": usage >> 10}
    sys.stdout.write(json.dumps(row) + "\n")


def documents(folder: Path) -> dict[str, Sequence[str]]:
    """Makes the files; for each the texts that a reader must find in it."""
    rng = random.Random(3)
    facts: dict[str, Sequence[str]] = {}

    def canvas(name: str, *wanted: str) -> Canvas:
        facts[name] = wanted
        made = Canvas(str(folder / f"{name}.pdf"))
        made.setFont("Helvetica", 11)
        return made

    def draw(made: Canvas, x: float, y: float, lines: Sequence[str]) -> None:
        for at, line in enumerate(lines):
            made.drawString(x, y - 14 * at, line)

    def column(side: str) -> list[str]:
        said = (f"{side} {n} is {' '.join(rng.choices(WORDS, k=9))}." for n in range(8))
        return textwrap.wrap(" ".join(said), 36)

    made = canvas("plain", PLAIN)
    draw(made, 72, 760, textwrap.wrap(PLAIN, 40))
    made.save()
    left, right = column("Left"), column("Right")
    made = canvas("columns", " ".join(left), " ".join(right))
    draw(made, 60, 760, left)
    draw(made, 320, 760, right)
    made.save()
    made = canvas("columns drawn across", " ".join(left), " ".join(right))
    for at in range(max(len(left), len(right))):
        draw(made, 60, 760 - 14 * at, left[at : at + 1])
        draw(made, 320, 760 - 14 * at, right[at : at + 1])
    made.save()
    made, x = canvas("words placed", "The Tarn boiler holds seventy litres"), 72.0
    for word in ["The", "Tarn", "boiler", "holds", "seventy", "litres"]:
        made.drawString(x, 700, word)
        x += made.stringWidth(word, "Helvetica", 11) + 3
    made.save()
    made, x = canvas("letters placed", "The Tarn boiler holds seventy litres"), 72.0
    for letter in "The Tarn boiler holds seventy litres":
        if letter != " ":
            made.drawString(x, 700, letter)
        x += made.stringWidth(letter, "Helvetica", 11)
    made.save()
    made = canvas("letter-spaced", "SAFETY NOTES")
    made.drawString(72, 760, "SAFETY NOTES", charSpace=4)
    made.save()
    made = canvas("overprinted", "Deposit: 300 euros")
    for shift in (0, 0.3, 0.6):
        made.drawString(72 + shift, 700, "Deposit: 300 euros")
    made.save()
    made = canvas("scan's layer", "The invoice total is 418 euros")
    made.drawString(72, 700, "The invoice total is 418 euros", mode=3)
    made.save()
    made = canvas("rotated", "Draft of the ninth of May", "The body is level")
    made.drawString(72, 760, "The body is level.")
    made.rotate(90)
    made.drawString(300, -400, "Draft of the ninth of May")
    made.save()
    facts["table"] = "Uhu bus", "89 euros", "Kiwi van", "65 euros"
    rows = [["Model", "Rate"], ["Uhu bus", "89 euros"], ["Kiwi van", "65 euros"]]
    SimpleDocTemplate(str(folder / "table.pdf")).build([Table(rows)])
    made = canvas("form", "Applicant: Ana Petrov", "Colour: Blue")
    draw(made, 72, 760, ["Applicant:", "", "Colour:"])
    form = made.acroForm
    form.textfield(name="applicant", value="Ana Petrov", x=160, y=755, width=200, height=16)
    form.choice(name="colour", value="Blue", options=["Red", "Blue"], x=160, y=727)
    made.save()
    made = canvas("drawn from below", "first is here. The second follows. The third")
    for at, line in reversed(
        [*enumerate(["The first is here.", "The second follows.", "The third."])]
    ):
        draw(made, 72, 760 - 14 * at, [line])
    made.save()
    made = canvas("hyphens", "heat-resistant", "10-year")
    draw(made, 72, 760, ["Its lid is of heat-", "resistant glass with a 10-", "year warranty."])
    made.save()
    made = canvas("accents", "Müller zahlt 20 € für Übergrößen – früh")
    draw(made, 72, 760, ["Herr Müller zahlt 20 € für Übergrößen – früh."])
    made.save()
    made = canvas("long", "Sentence 299 of page 59")
    for number in range(60):
        made.setFont("Helvetica", 11)
        draw(made, 60, 800, [f"Sentence {5 * number + n} of page {number}." for n in range(5)])
        draw(made, 60, 720, [" ".join(rng.choices(WORDS, k=11)) for _ in range(45)])
        made.showPage()
    made.save()
    plain = folder / "plain.pdf"
    raw = plain.read_bytes()
    for name, damaged in (
        ("junk before", b"\n<!-- junk -->\n" + raw),
        ("wrong startxref", raw.replace(b"startxref\n", b"startxref\n9")),
        ("cut behind the trailer", raw[: raw.rindex(b"startxref")]),
    ):
        (folder / f"{name}.pdf").write_bytes(damaged)
        facts[name] = facts["plain"]
    for algorithm in ("RC4-128", "AES-128", "AES-256"):
        writer = PdfWriter(clone_from=PdfReader(plain))
        writer.encrypt("", "owner", algorithm=algorithm)
        writer.write(folder / f"{algorithm}.pdf")
        facts[algorithm] = facts["plain"]
    return facts


def _spanmem(path: Path) -> str:
    from spanmem.indexer.documents.pdf import read_pdf

    return read_pdf(path).text


def _pypdf(path: Path) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def _pdfminer(path: Path) -> str:
    return str(importlib.import_module("pdfminer.high_level").extract_text(path))


def _pdfplumber(path: Path) -> str:
    with importlib.import_module("pdfplumber").open(path) as document:
        return "\n".join(page.extract_text() or "" for page in document.pages)


def _pypdfium2(path: Path) -> str:
    document = importlib.import_module("pypdfium2").PdfDocument(path)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


READERS: dict[str, Callable[[Path], str]] = {
    "spanmem": _spanmem,
    "pypdf": _pypdf,
    "pdfminer": _pdfminer,
    "pdfplumber": _pdfplumber,
    "pypdfium2": _pypdfium2,
}

if __name__ == "__main__":
    main(sys.argv[1])
