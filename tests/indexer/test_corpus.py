"""Every format read back, and everything that can be wrong with it."""

# ruff: noqa: E501 -- each case in a line
from __future__ import annotations

import gzip
import hashlib
import json
import math
import os
import sys
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


def test_a_file_is_known_by_its_name_and_titled_by_it_where_it_names_no_title(
    tmp_path: Path,
) -> None:
    path = tmp_path / "two_factor-login.txt"
    path.write_text("Text.")
    document = only(path)
    assert (document.id, document.source) == (path.name, path.name)
    assert (document.title, document.origin) == ("two factor login", str(path))
    (tmp_path / "a.md").write_text("# Mill")
    assert only(tmp_path / "a.md").title == "Mill"


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
    "damaged UTF-8": ("a.txt", "é".encode() + b"\xe9", "byte 0xe9"),
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
    "rows": ("a.csv", b"id,text\n", "there is no row in it"),
    "numbers alone": ("a.json", b'{"a": 1, "b": 2}', "no text; it has a, b"),
    "no column": ("a.csv", b"id,question\n1,q\n", "no column with text; it has id, question"),
    "ragged table": ("a.csv", b"id,text\n1,a,b\n", r"a\.csv:2: has 3 columns"),
    "no Parquet": ("a.parquet", b"PAR1 nonsense PAR1", "no valid Parquet"),
    "no PDF": ("a.pdf", b"%PDF-1.4 nonsense", "no readable PDF"),
    "no Word file": ("a.docx", b"nonsense", "no readable Word file"),
    "deep JSON": ("a.json", b"[" * 100_000, "not valid JSON"),
    "endless number": ("a.json", b"[" + b"1" * 5000 + b"]", "not valid JSON"),
    "unknown kind": ("a.xyz", b"x", "unknown kind of file"),
    "SQuAD without paragraphs": ("a.json", b'{"data": [{"paragraphs": 5}]}', "`paragraphs` is int"),
    "SQuAD with null": ("a.json", b'{"data": [{"paragraphs": null}]}', "`paragraphs` is"),
    "no page": ("a.html", b"<p>\0</p>", "binary data, not HTML"),
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


def test_a_line_that_is_no_utf8_is_numbered_and_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "x"}\n' * 3 + b'{"text": "\xff"}\n' + b'{"text": "y"}\n')
    bad: list[InputError] = []
    found = read_documents([path], on_bad=lambda error, _: bad.append(error))
    assert [d.text for d in found] == ["x", "x", "x", "y"]
    assert len(bad) == 1
    assert "a.jsonl:4: not UTF-8" in str(bad[0])


def test_an_empty_id_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text\n,One.\n,Two.\n")
    assert [d.id for d in read_documents([tmp_path / "a.csv"])] == ["a.csv:2", "a.csv:3"]


def test_rows_with_text_are_all_kept_beside_a_context(tmp_path: Path) -> None:
    rows = [{"id": "1", "text": text, "context": "c"} for text in ("One.", "Two.")]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert [d.text for d in read_documents([tmp_path / "a.jsonl"])] == ["One.", "Two."]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table_is_read_by_whatever_ends_its_lines(tmp_path: Path, end: str) -> None:
    lines = ["", ",", "id,text", '1,"Two\nlines, one "" cell"', "", "2,Lamp", ""]
    (tmp_path / "a.csv").write_text(end.join(lines), newline="")
    found = list(read_documents([tmp_path / "a.csv"]))
    assert [(d.id, d.text) for d in found] == [("1", 'Two\nlines, one " cell'), ("2", "Lamp")]


def test_a_quote_that_is_no_cells_end_spoils_its_row_only(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text('id\ttext\n1\t"Lamp" is a word\n2\tA "lamp"\n')
    bad: list[InputError] = []
    found = read_documents([tmp_path / "a.tsv"], on_bad=lambda error, _: bad.append(error))
    assert [d.text for d in found] == ['A "lamp"']
    assert "a.tsv:2: no valid row" in str(bad[0])


def test_what_is_no_file_is_passed_over_in_folders(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "link.txt").symlink_to(tmp_path / "a.txt")
    assert [d.id for d in read_documents([tmp_path])] == ["a.txt", "link.txt"]


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_numbers_that_json_does_not_have_are_left_out(tmp_path: Path, suffix: str) -> None:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    row = {"id": "1", "text": "x", "lang": "en", "score": math.nan, "best": math.inf, "fee": 1.5}
    path = tmp_path / f"a{suffix}"
    if suffix == ".parquet":
        parquet.write_table(arrow.Table.from_pylist([row]), path)
    else:
        path.write_text(json.dumps(row))
    (found,) = read_documents([path])
    assert found.metadata == {"lang": "en", "fee": 1.5}


def test_a_reader_of_the_datasets_library_takes_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "rows.jsonl").write_text('{"id": "x", "text": "Built in 1912."}\n')
    (found,) = read_dataset(f"json:{tmp_path / 'rows.jsonl'}", split="train")
    assert (found.id, found.text) == ("x", "Built in 1912.")


def steps(read: Callable[[], object]) -> int:
    """Lines of code and calls that reading takes."""
    count = 0

    def trace(*_: object) -> Any:
        nonlocal count
        count += 1
        return trace

    former = sys.gettrace()  # that of the coverage, if it is measured
    sys.settrace(trace)
    try:
        read()
    finally:
        sys.settrace(former)
    return count


GROWING: dict[str, tuple[str, Callable[[int], str]]] = {
    "words": ("a.txt", lambda n: "word " * n),
    "lines": ("a.txt", lambda n: "It is blue.\n" * n),
    "headings": ("a.md", lambda n: "# Lamp\n\nIt is blue.\n\n" * n),
    "pipe tables": ("a.md", lambda n: "|a|b|\n|-|-|\n" + "|x|1|\n" * n),
    "ticks": ("a.md", lambda n: "|a|b|\n|-|-|\n|" + "`x" * n + "|\n"),
    "rows": ("a.csv", lambda n: "Item,Contents,Price\n" + "Tin,90 g,3\n" * n),
    "columns": ("a.csv", lambda n: ",".join(f"c{k}" for k in range(n)) + "\n" + "x," * (n - 1) + "y\n"),
    "objects": ("a.jsonl", lambda n: '{"a": {"b": {"c": "word"}}, "d": "word"}\n' * n),
    "messages": ("a.json", lambda n: '{"messages": [' + ",".join(['{"from": "Ann", "text": "Hello."}'] * n) + "]}"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "make"), GROWING.values(), ids=GROWING.keys())
def test_steps_are_in_proportion_to_texts_and_rows(
    tmp_path: Path, name: str, make: Callable[[int], str]
) -> None:
    def taken(size: int) -> int:
        (tmp_path / name).write_text(make(size), encoding="utf-8")
        split = Splitter().split
        return steps(lambda: [list(split(d)) for d in read_documents([tmp_path / name])])

    first = taken(10)  # what any file takes
    assert taken(410) - first < 2.5 * (taken(210) - first)


@pytest.mark.parametrize(
    ("name", "raw", "message"),
    [
        ("a.jsonl.gz", gzip.compress(b"\n" * 3_000, mtime=0), "more than 1,000 empty lines"),
        (
            "a.csv.gz",
            gzip.compress(b"a,b\n" + b"\r\n" * 2_000, mtime=0),
            "more than 1,000 empty lines",
        ),
        ("a.txt.gz", gzip.compress(b"x" * 2_000, mtime=0), "a word of 1,000 characters or more"),
        ("a.jsonl", b'{"text": "' + b"x" * 2_000 + b'"}', "a word of 1,000 characters or more"),
    ],
)
def test_little_that_unpacks_to_much_of_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, raw: bytes, message: str
) -> None:
    monkeypatch.setattr("spanmem.core.compression._EMPTY", 1_000)
    monkeypatch.setattr("spanmem.indexer.corpus._WORD", 1_000)
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(InputError, match=message):
        list(read_documents([tmp_path / name]))
    (tmp_path / "good.txt").write_text("一" * 3_000 + " word" * 900, encoding="utf-8")
    assert only(tmp_path / "good.txt").text.startswith("一")


@pytest.mark.parametrize("name", ["a.txt", "a.xhtml", "page"])
def test_a_page_is_one_whatever_its_name(tmp_path: Path, name: str) -> None:
    page = "<!DOCTYPE html><html><head><style>p{color:red}</style></head><body><p>Six.</p></body></html>"
    (tmp_path / name).write_text(page, encoding="utf-8")
    assert only(tmp_path / name).text == "Six."


def test_each_mail_of_a_box_is_a_document_and_a_bad_one_stops_none(tmp_path: Path) -> None:
    head = "From ann@x.example Tue Apr 16 08:00:00 2024\n"
    mails = [f"{head}From: ann@x.example\nSubject: M{n}\n\nIt opens at {n}.\n\n" for n in (6, 7)]
    path = tmp_path / "old.mbox"
    path.write_text(f"{mails[0]}{head}\nno head\n\n{mails[1]}")
    bad: list[str] = []
    documents = list(read_documents([tmp_path], on_bad=lambda error, _: bad.append(str(error))))
    assert [(d.id, d.title) for d in documents] == [("old.mbox:1", "M6"), ("old.mbox:3", "M7")]
    assert ["It opens at 6." in documents[0].text, "It opens at 7." in documents[1].text] == [
        True,
        True,
    ]
    assert [error.partition(str(path))[2][:30] for error in bad] == [
        ":2: no readable mail (it has n"
    ]
    path.write_text("no box")
    with pytest.raises(InputError, match=r"old\.mbox: no mailbox"):
        list(read_documents([path]))
