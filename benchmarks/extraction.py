"""What readers of Word files keep of a page, and what they show that is not on it.

    python -m venv runs/readers
    runs/readers/bin/pip install python-docx docx2python mammoth 'markitdown[docx]' pypandoc_binary
    runs/readers/bin/python benchmarks/extraction.py
    python benchmarks/extraction.py            # SpanMem's own, in its environment

Each document is written here, part by part; each fact is a phrase that Word shows with all changes
accepted, or one that it does not show.
"""

# ruff: noqa: E501, T201 -- each document in a line; what it measures is printed
from __future__ import annotations

import importlib.util
import re
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

OFFICE = "http://schemas.openxmlformats.org"
SPACES = " ".join(
    f'xmlns:{name}="{space}"'
    for name, space in {
        "w": f"{OFFICE}/wordprocessingml/2006/main",
        "r": f"{OFFICE}/officeDocument/2006/relationships",
        "m": f"{OFFICE}/officeDocument/2006/math",
        "mc": f"{OFFICE}/markup-compatibility/2006",
        "v": "urn:schemas-microsoft-com:vml",
        "wp": f"{OFFICE}/drawingml/2006/wordprocessingDrawing",
        "a": f"{OFFICE}/drawingml/2006/main",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    }.items()
)
STYLES = (
    '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:type="character" w:styleId="Secret"><w:name w:val="Secret"/>'
    "<w:rPr><w:vanish/></w:rPr></w:style>"
)
LIST = (
    '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/>'
    '<w:numFmt w:val="decimal"/><w:lvlText w:val="Step %1:"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
)


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def p(*inner: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(inner)}</w:p>"


def cell(*blocks: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{''.join(blocks) or p()}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def table(*rows: str) -> str:
    return f"<w:tbl><w:tblPr/>{''.join(rows)}</w:tbl>"


def field(code: str, result: str) -> str:
    marks = [
        f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")
    ]
    return f"{marks[0]}<w:r><w:instrText>{code}</w:instrText></w:r>{marks[1]}{result}{marks[2]}"


def tracked(kind: str, inner: str) -> str:
    return f'<w:{kind} w:id="1" w:author="A">{inner}</w:{kind}>'


def box(text: str) -> str:
    inner = f"<w:txbxContent>{p(run(text))}</w:txbxContent>"
    return (
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:inline><a:graphic>'
        f"<a:graphicData><wps:wsp><wps:txbx>{inner}</wps:txbx></wps:wsp></a:graphicData></a:graphic>"
        "</wp:inline></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape>"
        f"<v:textbox>{inner}</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


UP = '<w:vertAlign w:val="superscript"/>'
MERGED = "<w:vMerge/>"
HEAD = "<w:tblHeader/>"
SECTION = '<w:sectPr><w:headerReference w:type="default" r:id="rId3"/></w:sectPr>'
TABLE = table(
    row(cell(p(run("Model"))), cell(p(run("Rate"))), cell(p(run("Seats"))), properties=HEAD),
    row(
        cell(p(run("Uhu"))),
        cell(p(run("89 euros")), properties='<w:vMerge w:val="restart"/>'),
        cell(p(run("9"))),
    ),
    row(cell(p(run("Falk"))), cell(properties=MERGED), cell(p(run("3")))),
    row(cell(p(run("Merle"))), cell(), cell(p(run("2")))),
)
# name -> body, phrases to keep (a tuple: any of them), phrases not to show
DOCUMENTS: dict[str, tuple[str, list[Any], list[str]]] = {
    "tracked changes": (
        p(run("The rent is "), tracked("del", '<w:r><w:delText>1,150</w:delText></w:r>'), tracked("ins", run("1,240")), run(" euros."))
        + p(tracked("moveFrom", run("The old place.")))
        + p(tracked("moveTo", run("Tuned in March.")))
        + table(row(cell(p(run("Piano"))), cell(p(run("black")))), row(cell(p(run("Organ"))), cell(p(run("white"))), properties=tracked("del", ""))),
        ["The rent is 1,240 euros.", "Tuned in March."],
        ["1,150", "The old place", "Organ"],
    ),
    "content controls": (
        f"<w:sdt><w:sdtContent>{p(run('Notice is six weeks.'))}</w:sdtContent></w:sdt>"
        + p(run("The tenant is "), f"<w:sdt><w:sdtContent>{run('Nordlys Ltd')}</w:sdtContent></w:sdt>", run("."))
        + table(row(cell(p(run("Colour"))), f"<w:sdt><w:sdtContent>{cell(p(run('dark green')))}</w:sdtContent></w:sdt>")),
        ["Notice is six weeks.", "The tenant is Nordlys Ltd.", "dark green"],
        [],
    ),
    "fields and tags": (
        p(run("Built in "), f'<w:fldSimple w:instr="DOCPROPERTY x">{run("1931")}</w:fldSimple>', run(" by "), field("MERGEFIELD who", run("Ada Berg")), run("."))
        + p(run("Found in "), f'<w:smartTag w:uri="x" w:element="place">{run("Malmgatan 7")}</w:smartTag>', run(".")),
        ["Built in 1931 by Ada Berg.", "Found in Malmgatan 7."],
        ["MERGEFIELD", "DOCPROPERTY"],
    ),
    "text boxes": (p(run("The lift is locked.")) + p(box("Call 555 0199.")), ["Call 555 0199."], ["Call 555 0199. Call"]),
    "struck out and hidden": (
        p(run("It costs "), run("20", "<w:strike/>"), run("25"), run(" (draft)", "<w:vanish/>"), run(" secret", '<w:rStyle w:val="Secret"/>'), run(" euros.")),
        ["It costs 25 euros."],
        ["20", "draft", "secret"],
    ),
    "raised": (
        p(run("It holds 3 × 10"), run("6", UP), run(" litres, opened in 1974"), '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteReference w:id="2"/></w:r>', run(".")),
        [("10⁶", "10^6"), "Renewed in 1988."],
        ["106", "19742", "19741"],
    ),
    "tables": (
        TABLE,
        [("Uhu. Rate: 89 euros. Seats: 9.", "| Uhu | 89 euros | 9 |"), ("Falk. Rate: 89 euros", "| Falk | 89 euros | 3 |"), ("Merle. Seats: 2.", "| Merle | | 2 |")],
        ["Falk: 3", "Merle: 2"],
    ),
    "lists": (
        "".join(p(run(t), properties='<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>') for t in ("Drain it.", "Dry it.")),
        ["Step 2: Dry it."],
        [],
    ),
    "signs": (
        p(run("5"), '<w:r><w:noBreakHyphen/></w:r>', run("year term, 20 "), '<w:r><w:sym w:font="Symbol" w:char="F0B1"/></w:r>', run(" 2 mm, pay"), "<w:r><w:softHyphen/></w:r>", run("ment due.")),
        [("5-year term", "5‑year term"), "20 ± 2 mm", "payment due."],
        [],
    ),
    "equation": (
        p("<m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>4</m:t></m:r></m:den></m:f></m:oMath>"),
        [("a/4", r"\frac{a}{4}")],
        [],
    ),
    "header": (p(run("The pump is blue.")) + SECTION, ["Terms of Acme Rental"], []),
    "table in a table": (
        table(row(cell(p(run("Uhu"))), cell(table(row(cell(p(run("Deposit"))), cell(p(run("300 euros")))))+p()))),
        ["Uhu", "300 euros"],
        [],
    ),
}  # fmt: skip


def write(path: Path, body: str) -> None:
    """A Word file with the body, a style, a list, a note and a header."""
    kinds = {"document": "main", "styles": "styles", "numbering": "numbering", "header1": "header", "footnotes": "footnotes"}  # fmt: skip
    prefix = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    types = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{prefix}.{"document.main" if kind == "main" else kind}+xml"/>'
        for name, kind in kinds.items()
    )
    note = "<w:r><w:footnoteRef/></w:r>" + run(" Renewed in 1988.")
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{OFFICE}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{types}</Types>',
        "_rels/.rels": relations({"document": "officeDocument"}, "word/"),
        "word/_rels/document.xml.rels": relations({k: v for k, v in kinds.items() if v != "main"}, ""),
        "word/document.xml": f"<w:document {SPACES}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": f"<w:styles {SPACES}>{STYLES}</w:styles>",
        "word/numbering.xml": f"<w:numbering {SPACES}>{LIST}</w:numbering>",
        "word/header1.xml": f"<w:hdr {SPACES}>{p(run('Terms of Acme Rental'))}</w:hdr>",
        "word/footnotes.xml": f'<w:footnotes {SPACES}><w:footnote w:id="2">{p(note)}</w:footnote></w:footnotes>',
    }  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')


def relations(kinds: dict[str, str], folder: str) -> str:
    rows = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/officeDocument/2006/relationships/{kind}" Target="{folder}{name}.xml"/>'
        for n, (name, kind) in enumerate(kinds.items(), 1)
    )
    return f'<Relationships xmlns="{OFFICE}/package/2006/relationships">{rows}</Relationships>'


def by_spanmem(path: Path) -> str:
    from spanmem.indexer.documents.word import read_docx

    return read_docx(path).text


def by_python_docx(path: Path) -> str:
    import docx
    from docx.table import Table

    lines: list[str] = []
    for block in docx.Document(str(path)).iter_inner_content():
        if isinstance(block, Table):
            lines += [" | ".join(cell.text for cell in row.cells) for row in block.rows]
        else:
            lines.append(block.text)
    return "\n".join(lines)


def by_docx2python(path: Path) -> str:
    from docx2python import docx2python  # type: ignore[import-not-found]

    with docx2python(path) as document:
        return str(document.text)


def by_mammoth(path: Path) -> str:
    import mammoth  # type: ignore[import-not-found]

    with path.open("rb") as file:
        html = mammoth.convert_to_html(file).value
    html = re.sub(r"</tr>|</p>(?!</t[dh]>)", "\n", re.sub(r"</t[dh]>", " | ", html))
    return re.sub(r"<[^>]+>", "", re.sub(r"<tr>", "| ", html))


def by_markitdown(path: Path) -> str:
    from markitdown import MarkItDown  # type: ignore[import-not-found]

    return str(MarkItDown().convert(path).text_content)


def by_pandoc(path: Path) -> str:
    import pypandoc  # type: ignore[import-not-found]

    return str(pypandoc.convert_file(str(path), "markdown-simple_tables+pipe_tables", format="docx", extra_args=["--wrap=none", "--track-changes=accept"]))  # fmt: skip


READERS: dict[str, tuple[str, Callable[[Path], str]]] = {
    "SpanMem": ("spanmem", by_spanmem),
    "python-docx": ("docx", by_python_docx),
    "docx2python": ("docx2python", by_docx2python),
    "mammoth": ("mammoth", by_mammoth),
    "markitdown": ("markitdown", by_markitdown),
    "pandoc": ("pypandoc", by_pandoc),
}


def judged(reader: Callable[[Path], str], folder: Path) -> tuple[list[str], list[str]]:
    """Phrases that were lost, and those that were shown without being on the page."""
    lost: list[str] = []
    shown: list[str] = []
    for name, (body, keeps, wrongs) in DOCUMENTS.items():
        path = folder / f"{name}.docx"
        write(path, body)
        try:
            text = " ".join(reader(path).split())
        except Exception as error:  # a reader that fails has lost all
            text = ""
            print(f"   {name}: {type(error).__name__}: {str(error)[:100]}")
        for keep in keeps:
            phrases = keep if isinstance(keep, tuple) else (keep,)
            if not any(phrase in text for phrase in phrases):
                lost.append(f"{name}: {phrases[0]}")
        shown += [f"{name}: {wrong}" for wrong in wrongs if wrong in text]
    return lost, shown


def main() -> None:
    facts = sum(len(keeps) for _, keeps, _ in DOCUMENTS.values())
    wrongs = sum(len(shows) for *_, shows in DOCUMENTS.values())
    for name, (module, reader) in READERS.items():
        if importlib.util.find_spec(module) is None:
            continue
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            lost, shown = judged(reader, Path(folder))
            took = time.perf_counter() - start
        print(
            f"| {name} | {facts - len(lost)} of {facts} | {len(shown)} of {wrongs} | {took:.1f} s |"
        )
        if "--verbose" in sys.argv:
            print(*(f"   lost   {line}" for line in lost), *(f"   shown  {line}" for line in shown), sep="\n")  # fmt: skip


if __name__ == "__main__":
    main()
