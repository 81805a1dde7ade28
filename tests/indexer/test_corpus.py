"""Every format read back, and everything that can be wrong with it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from spanmem.core.errors import InputError
from spanmem.core.records import Document
from spanmem.indexer.corpus import corpus_size, read_dataset, read_documents
from spanmem.indexer.passages import Splitter

ROWS = [{"id": "a", "title": "Mill", "text": "Built in 1912.", "year": 1912}, {"text": "No id."}]


def documents(*paths: Path) -> list[Document]:
    return list(read_documents(paths))


def only(path: Path) -> Document:
    (document,) = documents(path)
    return document


def lines(rows: list[Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def pdf(*texts: str) -> bytes:
    """A minimal PDF with one line a page."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(texts)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(texts)} >>".encode())
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for i, text in enumerate(texts):
        stream = f"BT /F1 12 Tf 20 700 Td ({text}) Tj ET".encode()
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {5 + 2 * i} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    out = b"%PDF-1.4\n"
    places: list[int] = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return out + b"startxref\n%d\n%%%%EOF" % start


def test_plain_text_keeps_its_characters(tmp_path: Path) -> None:
    path = tmp_path / "two_factor-login.txt"
    path.write_text("One.\r\nTwo ü.\n", newline="")
    found = only(path)
    assert (found.id, found.title) == ("two_factor-login.txt", "two factor login")
    assert found.text == "One.\r\nTwo ü.\n"
    assert found.origin == str(path)


def test_markdown_takes_its_title_from_front_matter_or_heading(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("Before.\n\n# The mill #\n\nText.")
    assert only(path).title == "The mill"
    raw = '---\r\ntitle: "Old mill"\ntags: x\n---\n# Other\nText.'
    path.write_text(raw, newline="")
    found = only(path)
    assert (found.title, found.text.strip()) == ("Old mill", "# Other\nText.")
    (passage,) = Splitter().split(found)
    assert (passage.text, passage.start) == ("# Other\nText.", raw.index("# Other"))
    assert [i for i, c in enumerate(raw) if c in "\r\n"] == [
        i for i, c in enumerate(found.text) if c in "\r\n"
    ]


def test_html_is_what_a_reader_sees(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text(
        "<html><head><title> The  mill </title><style>p{}</style></head><body><nav>Home</nav>"
        "<h1>Mill &amp; wheel</h1><p>Built <b>in</b>\n1912.<br>By two brothers.</p>"
        "<ul><li>rye</li><li>oats</li></ul><script>x()</script>"
        "<table><tr><th>Weight</th><td>9 kg</td></tr></table><footer>Imprint</footer></body></html>"
    )
    found = only(path)
    assert found.title == "The mill"
    assert found.text == (
        "Mill & wheel\n\nBuilt in 1912.\nBy two brothers.\n\nrye\n\noats\n\nWeight: 9 kg"
    )


def test_a_table_in_a_table_is_read_once(tmp_path: Path) -> None:
    inner = "<table><tr><th>Price</th><td>5 euros</td></tr></table>"
    (tmp_path / "a.html").write_text(f"<table><tr><td>{inner}</td></tr></table>")
    assert only(tmp_path / "a.html").text == "Price: 5 euros"


def test_html_in_another_charset(tmp_path: Path) -> None:
    path = tmp_path / "a.htm"
    path.write_bytes('<meta charset="iso-8859-1"><p>Mühle</p>'.encode("latin-1"))
    assert only(path).text == "Mühle"


def test_pdf_pages_are_joined(tmp_path: Path) -> None:
    path = tmp_path / "manual.pdf"
    path.write_bytes(pdf("The pump weighs nine kilograms.", "It is blue."))
    found = only(path)
    assert found.title == "manual"
    assert found.text == "The pump weighs nine kilograms.\n\nIt is blue."


def word(*rows: str) -> bytes:
    """A Word file with a table; a cell that begins with `=` is merged with the one before."""
    import docx

    made = docx.Document()
    made.add_heading("Pump", 1)
    made.add_paragraph("It is blue.")
    table = made.add_table(rows=len(rows), cols=4)
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts.split("|")):
            table.cell(row, column).text = text.strip("=")
            if text.startswith("="):
                table.cell(row, column - 1).merge(table.cell(row, column))
    made.add_paragraph("The end.")
    made.core_properties.title = ""
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_docx_in_order_with_tables(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(word("Monday|9|9|17", "Closed|=|Sunday|"))
    found = only(tmp_path / "a.docx")
    table = "Monday: 9: 9: 17\nClosed: Sunday"
    assert (found.title, found.text) == ("Pump", f"Pump\n\nIt is blue.\n\n{table}\n\nThe end.")


def cut_word() -> bytes:
    """A Word file whose text breaks off."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word("a|b|c|d"))) as whole, zipfile.ZipFile(out, "w") as cut:
        for name in whole.namelist():
            half = len(whole.read(name)) // (2 if name == "word/document.xml" else 1)
            cut.writestr(name, whole.read(name)[:half])
    return out.getvalue()


@pytest.mark.parametrize("suffix", [".jsonl", ".ndjson", ".jsonl.gz", ".jsonl.zst", ".json"])
def test_rows_of_json(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"faq{suffix}"
    raw = (json.dumps(ROWS) if suffix == ".json" else lines(ROWS)).encode()
    packers: dict[str, Callable[[bytes], bytes]] = {
        ".gz": gzip.compress,
        ".zst": zstandard.compress,
    }
    path.write_bytes(packers.get(path.suffix, bytes)(raw))
    first, second = documents(path)
    assert (first.id, first.title, first.text) == ("a", "Mill", "Built in 1912.")
    assert first.metadata == {"year": 1912}
    assert second.id == second.source == f"{path.name}:2"


def test_rows_of_csv_and_of_dprs_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,text,lang\n1,"Two\nlines, one cell",en\n')
    found = only(path)
    assert (found.id, found.text, found.metadata) == ("1", "Two\nlines, one cell", {"lang": "en"})
    path = tmp_path / "psgs_w100.tsv.gz"
    path.write_bytes(gzip.compress(b'id\ttext\ttitle\n7\t"A ""b"" c"\tAaron\n'))
    assert (only(path).id, only(path).text, only(path).title) == ("7", 'A "b" c', "Aaron")


def test_rows_of_parquet(tmp_path: Path) -> None:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    table = arrow.Table.from_pylist([{"id": i, "text": f"Text {i}."} for i in range(3000)])
    parquet.write_table(table, tmp_path / "a.parquet")
    assert [d.id for d in documents(tmp_path / "a.parquet")] == [str(i) for i in range(3000)]


def test_beirs_corpus(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    row = {"_id": "MED-1", "title": "T", "text": "Words.", "metadata": {"url": "u", "tags": ["x"]}}
    path.write_text(lines([row]))
    assert (only(path).id, only(path).metadata) == ("MED-1", {"url": "u"})


def test_squads_contexts_are_documents_each_once(tmp_path: Path) -> None:
    qas = [{"id": str(i), "question": "Q?", "answers": []} for i in range(3)]
    paragraphs = [{"context": "First.", "qas": qas}, {"context": "Second.", "qas": qas}]
    nested = {"version": "1.1", "data": [{"title": "Old_mill", "paragraphs": paragraphs}]}
    (tmp_path / "dev.json").write_text(json.dumps(nested))
    flat = [
        {
            "id": q["id"],
            "title": "Old_mill",
            "context": p["context"],
            "question": "Q?",
            "answers": {},
        }
        for p in paragraphs
        for q in qas
    ]
    (tmp_path / "dev.jsonl").write_text(lines(flat))
    both = [documents(tmp_path / name) for name in ("dev.json", "dev.jsonl")]
    for found in both:
        assert [(d.title, d.text) for d in found] == [
            ("Old mill", "First."),
            ("Old mill", "Second."),
        ]
        assert all(d.id.startswith("Old mill#") for d in found)
    assert [d.id for d in both[0]] == [d.id for d in both[1]]


def test_a_folder_is_read_recursively_in_order(tmp_path: Path) -> None:
    for name in ("b/two.md", "a.txt", "b/one.md", ".hidden/x.md", "b/.x.md", "b/logo.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"Text of {name}.")
    assert [d.id for d in documents(tmp_path)] == ["a.txt", "b/one.md", "b/two.md"]


@pytest.mark.parametrize("name", ["a b", "line\nbreak", "🐈", " padded "])
def test_ids_are_kept_as_they_are(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.jsonl").write_text(lines([{"id": name, "text": "x"}]))
    assert only(tmp_path / "a.jsonl").id == name


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfText.")
    assert only(tmp_path / "a.txt").text == "Text."


def test_lines_are_read_as_they_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(lines(ROWS) * 1000 + "{broken")
    stream = read_documents([path])
    assert [next(stream).id for _ in range(3)] == ["a", "a.jsonl:2", "a"]


BAD: dict[str, tuple[str, bytes, str]] = {
    "empty": ("a.txt", b"", "the file is empty"),
    "only space": ("a.md", b" \n", "there is no text in it"),
    "binary": ("a.txt", b"ab\0cd", "binary data"),
    "binary lines": ("a.jsonl", b'{"text": "x"}\n\0\n', r"a\.jsonl:2: binary data"),
    "not UTF-8": ("a.txt", b"caf\xe9", "byte 0xe9"),
    "not UTF-8 in line": ("a.jsonl", b'{"text": "x"}\n' * 3 + b"\xff\n", "byte 0xff"),
    "JSON at line 17": (
        "a.jsonl",
        b'{"text": "x"}\n' * 16 + b'{"text": \n',
        r"a\.jsonl:17: not valid",
    ),
    "a list as a row": ("a.jsonl", b"[1]\n", r"a\.jsonl:1: holds list, not an object"),
    "no text": ("a.jsonl", b'{"id": "1", "question": "q"}\n', "no text; it has id, question"),
    "broken JSON": ("a.json", b'{\n"a": }', r"a\.json:2: not valid JSON"),
    "broken gz": ("a.jsonl.gz", b"\x1f\x8bxxxxxxxxxxxxxx", "cannot be unpacked"),
    "cut gz": ("a.jsonl.gz", gzip.compress(b'{"text": "x"}\n' * 99)[:-20], "cannot be unpacked"),
    "broken zst": ("a.jsonl.zst", b"nonsense", "cannot be unpacked"),
    "no column": ("a.csv", b"id,question\n1,q\n", "no column with text; it has id, question"),
    "ragged table": ("a.csv", b"id,text\n1,a,b\n", r"a\.csv:2: has 3 columns"),
    "no Parquet": ("a.parquet", b"PAR1 nonsense PAR1", "no valid Parquet"),
    "no PDF": ("a.pdf", b"%PDF-1.4 nonsense", "no readable PDF"),
    "PDF of pictures": ("a.pdf", pdf(" "), "no text"),
    "no Word file": ("a.docx", b"nonsense", "no readable Word file"),
    "cut Word file": ("a.docx", cut_word(), "no readable Word file"),
    "deep JSON": ("a.json", b"[" * 100_000, "not valid JSON"),
    "endless number": ("a.json", b"[" + b"1" * 5000 + b"]", "not valid JSON"),
    "unknown kind": ("a.xyz", b"x", "unknown kind of file"),
    "SQuAD without paragraphs": ("a.json", b'{"data": [{"paragraphs": 5}]}', "`paragraphs` is int"),
    "SQuAD with null": ("a.json", b'{"data": [{"paragraphs": null}]}', "`paragraphs` is"),
    "no charset": ("a.html", b"<meta charset=undefined><p>x</p>", "not undefined text"),
    "no page's charset": ("a.html", b"<meta charset=punycode><p>\xff</p>", "not punycode text"),
    "unclosed quote": (
        "a.tsv",
        b'id\ttext\n1\tx\n2\t"The lamp\n3\tThe desk costs 5 euros.\n',
        r"a\.tsv:3: no valid row up to line 4",
    ),
    "empty table": ("a.csv", b"\n\n", "it has no columns"),
    "SQuAD without context": (
        "a.json",
        b'{"data": [{"paragraphs": [{"qas": []}]}]}',
        "without `context`",
    ),
}


@pytest.mark.parametrize(("name", "raw", "message"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_named_in_one_line_and_can_be_skipped(
    tmp_path: Path, name: str, raw: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(raw)
    (tmp_path / "z.txt").write_text("Good.")
    paths = [tmp_path / name, tmp_path / "z.txt"]
    with pytest.raises(InputError, match=message) as caught:
        list(read_documents(paths))
    assert "\n" not in str(caught.value)
    bad: list[tuple[str, str]] = []
    found = read_documents(paths, on_bad=lambda error, origin: bad.append((str(error), origin)))
    assert list(found)[-1].text == "Good."
    assert bad == [(str(caught.value), str(paths[0]))]


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.txt: no such file"):
        documents(tmp_path / "none.txt")


def test_bad_lines_are_skipped_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "1"}\n{\n[]\n{"x": 1}\n{"text": "5"}\n')
    bad: list[InputError] = []
    found = list(read_documents([tmp_path / "a.jsonl"], on_bad=lambda error, _: bad.append(error)))
    assert [d.text for d in found] == ["1", "5"]
    assert len(bad) == 3


def test_a_local_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "train.jsonl").write_text(lines([{"id": "x", "text": "Built in 1912."}]))
    (found,) = read_dataset(str(tmp_path / "set"), split="train")
    assert (found.id, found.text) == ("x", "Built in 1912.")
    assert found.origin.startswith("dataset:")
    with pytest.raises(InputError, match="split none"):
        list(read_dataset(str(tmp_path / "set"), split="none"))


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".jsonl.zst"])
def test_how_far_reading_is_can_be_told(tmp_path: Path, suffix: str) -> None:
    noise = [hashlib.sha256(str(i).encode()).hexdigest() for i in range(30_000)]
    rows = [{"id": str(i), "text": " ".join(noise[10 * i : 10 * i + 10])} for i in range(3000)]
    raw = lines(rows).encode()
    packed = gzip.compress(raw) if suffix.endswith("gz") else raw
    packed = zstandard.compress(raw) if suffix.endswith("zst") else packed
    (tmp_path / f"a{suffix}").write_bytes(packed)
    (tmp_path / "b.md").write_text("# Mill", encoding="utf-8")
    read: list[int] = []
    total = corpus_size([tmp_path])
    found = read_documents([tmp_path], on_bytes=read.append)
    shares = [(read or [0])[-1] / total for _ in found]
    assert shares == sorted(shares)
    assert 0.2 < shares[1500] < 0.9
    assert read[-1] == total
