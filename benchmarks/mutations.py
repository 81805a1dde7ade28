"""Files of questions, damaged in every way that files are: nothing but errors of the family.

    python benchmarks/mutations.py 20000 1

Takes small question files of every format, changes bytes, quotes, types, encodings, ids, offsets
and packing, and reads each as a benchmark and as a training do. A fault is any exception that is
no `SpanMemError`, a message of several lines, or rows that are not accounted for: what was read
must be what was used and what was left out. The command prints how often each thing came out, and
leaves with exit code 1 where there was a fault.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import io
import json
import lzma
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pyarrow.parquet as parquet
import zstandard

from spanmem.core.errors import SpanMemError
from spanmem.core.questions import RowLedger, read_questions
from spanmem.evaluation.datasets import read_set

__all__ = ["campaign", "main"]

CONTEXT = "The mill was built in 1912 by Ann Ø. It burnt 😀 twice, in 1931 and in 1950."
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, float("nan"), 10**30, "", " ", "the", "[", "['a' 'b']", '["a", "b"]',
    "{'text': ['a']}", [], [None], [[]], [3], {}, {"text": 3}, {"text": ["a"], "answer_start": [9]},
    {"text": ["a", "b"], "answer_start": [1]}, "\ud800", "\x00", '"', "'", "no",
    {"value": 1}, "é" * 40,
)  # fmt: skip
"""Values that stand where others should."""
PACKING: dict[str, Callable[[bytes], bytes]] = {
    "": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress,
    ".zst": zstandard.compress,
}  # fmt: skip
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "cp037")


def _flat(number: int) -> dict[str, Any]:
    answers = {"text": ["1912", "in 1912"], "answer_start": [22, 19]}
    row = {
        "id": f"q{number}",
        "title": "Mill",
        "context": CONTEXT,
        "question": "When was it built?",
    }
    return {**row, "answers": answers}


def _layouts() -> list[list[Any]]:
    """Rows of every layout, some of each."""
    flat = [_flat(number) for number in range(4)]
    qas = [{"id": "1", "question": "When?", "answers": [{"text": "1912", "answer_start": 22}]}]
    unanswerable = {"id": "2", "question": "Who?", "answers": [], "is_impossible": "true"}
    detected = [{"text": "1912", "char_spans": [[22, 25]]}]
    found = {"qid": "m", "question": "When?", "answers": ["1912"], "detected_answers": detected}
    mrqa = [{"header": {"dataset": "x"}}, {"context": CONTEXT, "qas": [found]}]
    paragraph = {"context": CONTEXT, "qas": [*qas, unanswerable]}
    task = {"text": CONTEXT, "question": "When?"}
    value = {"start": 22, "end": 26, "text": "1912"}
    label = {"id": 1, "data": task, "annotations": [{"result": [{"value": value}]}]}
    passages = [
        {"is_selected": 1, "passage_text": CONTEXT},
        {"is_selected": 0, "passage_text": "b"},
    ]
    span = {"answer": "1912", "offsets_in_document": [{"start": 22, "end": 26}]}
    trivia = {"Value": "1912", "Aliases": ["in 1912"], "NormalizedAliases": ["1912"]}
    return [
        flat,
        mrqa,
        [paragraph],
        [{"title": "Mill", "paragraphs": [paragraph]}],
        [{"question": "when was it", "answer": ["1912"]}, {"question": "who", "answer": "Ann"}],
        [{"id": "k", "input": "when", "output": [{"answer": "1912", "provenance": []}]}],
        [{"Question": "When?", "QuestionId": "t", "Answer": trivia}],
        [{"_id": "h", "question": "When?", "answer": "1912", "supporting_facts": [["Mill", 0]],
          "context": [["Mill", [CONTEXT]]]}],
        [{"utterance": "when", "targetValue": '(list (description "1912") (description Ann))'}],
        [{"query": "when", "query_id": 3, "answers": ["1912"], "passages": passages}],
        [{"query": "when", "interaction_id": "c", "answer": "1912", "alt_ans": ["in 1912"]}],
        [label],
        [{"query": "when", "answer": span, "document": {"content": CONTEXT}}],
    ]  # fmt: skip


def _changed(rng: random.Random, value: Any) -> Any:
    """The value with one thing in it exchanged, left out, doubled, or of another type."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(list(value))
        done = rng.random()
        if done < 0.15:
            return {k: v for k, v in value.items() if k != key}
        if done < 0.25:
            return {**value, rng.choice(("is_impossible", "header", "qas", "answer")): _odd(rng)}
        return {**value, key: _changed(rng, value[key])}
    if isinstance(value, list) and value and rng.random() < 0.9:
        at = rng.randrange(len(value))
        if rng.random() < 0.2:
            return [*value[:at], *value[at + rng.randrange(2) :], value[at]]
        return [*value[:at], _changed(rng, value[at]), *value[at + 1 :]]
    if isinstance(value, int) and rng.random() < 0.7:
        return value + rng.randint(-40, 40)
    if isinstance(value, str) and rng.random() < 0.6:
        at = rng.randrange(len(value) + 1)
        return value[:at] + rng.choice("\"\t\n😀,'\r[") + value[at + 1 :]
    return _odd(rng)


def _odd(rng: random.Random) -> Any:
    return rng.choice(ODD)


def _table(rng: random.Random, rows: Sequence[Any]) -> tuple[str, str]:
    """Rows as a table, with or without a header, its quotes as people write them."""
    delimiter = rng.choice("\t,;|")
    header = rng.random() < 0.6
    lines = [delimiter.join(("question", "answers"))] if header else []
    for row in rows:
        cells = [
            str(row.get("question", row.get("query", "who"))) if isinstance(row, dict) else "who",
            rng.choice((repr, json.dumps, str))(["1912", "in 1912"]),
        ]
        lines.append(delimiter.join(rng.choice(("", "", '"')) + cell for cell in cells))
    return "\n".join(lines) + "\n", rng.choice((".csv", ".tsv"))


def _file(rng: random.Random, folder: Path) -> Path:
    """A question file of some format with some damage."""
    rows = rng.choice(_layouts())
    for _ in range(rng.randrange(3)):
        rows = [_changed(rng, row) if rng.random() < 0.3 else row for row in rows]
    kind = rng.random()
    if kind < 0.06:
        return _parquet(rng, folder, rows)
    if kind < 0.25:
        text, suffix = _table(rng, rows)
    elif kind < 0.6:
        text, suffix = "\n".join(map(json.dumps, rows)) + "\n", ".jsonl"
    elif kind < 0.8:
        text, suffix = json.dumps({"version": "1", "data": rows}, ensure_ascii=False), ".json"
    else:
        text, suffix = json.dumps(rows, indent=rng.choice((None, 1))), ".json"
    packing = rng.choice(("", "", *PACKING))
    raw = text.encode(rng.choice((*["utf-8"] * 6, *ENCODINGS)), "replace")
    raw = _damaged(rng, PACKING[packing](_damaged(rng, raw)))
    path = folder / f"a{suffix}{packing}"
    path.write_bytes(raw)
    return path


def _damaged(rng: random.Random, raw: bytes) -> bytes:
    """Bytes cut, changed, doubled or put in; mostly as they are."""
    if not raw or rng.random() < 0.85:
        return raw
    at, to = sorted((rng.randrange(len(raw)), rng.randrange(len(raw))))
    way = rng.randrange(5)
    if way == 0:
        return raw[:to]
    if way == 1:
        return raw[:at] + bytes((rng.randrange(256),)) + raw[at + 1 :]
    if way == 2:
        return raw[:at] + raw[to:]
    if way == 3:
        return raw[:at] + rng.choice((b'"', b"\x00", b"\xff", b"\n", b"\t", b"\\")) + raw[at:]
    return raw + raw[at:to]


def _parquet(rng: random.Random, folder: Path, rows: Sequence[Any]) -> Path:
    path, out = folder / "a.parquet", io.BytesIO()
    try:
        parquet.write_table(arrow.Table.from_pylist([r for r in rows if isinstance(r, dict)]), out)
    except (arrow.ArrowException, TypeError, ValueError, AttributeError, OverflowError):
        parquet.write_table(arrow.table({"question": ["when"], "answers": [["1912"]]}), out)
    path.write_bytes(_damaged(rng, out.getvalue()))
    return path


def _judged_folder(rng: random.Random, folder: Path) -> Path:
    """A folder of queries and judgments with some damage."""
    (folder / "qrels").mkdir()
    queries = "".join(json.dumps({"_id": f"{n}", "text": f"text {n}"}) + "\n" for n in range(4))
    form = rng.choice(("{n}\td{n}\t1\n", "{n}\t0\td{n}\t1\n", "{n} 0 d{n} 2\n"))
    judgments = "".join(form.format(n=n) for n in range(4))
    (folder / "queries.jsonl").write_bytes(_damaged(rng, queries.encode()))
    (folder / "qrels" / "test.tsv").write_bytes(_damaged(rng, judgments.encode()))
    return folder


def _read(path: Path, spans: bool | None) -> str:
    """What came of reading: `read`, or the error family; raises what is a fault."""
    ledger = RowLedger()
    try:
        if spans is None:
            used = len(read_set(path, ledger=ledger))
        else:
            used = sum(1 for _ in read_questions(path, ledger, spans=spans))
    except SpanMemError as error:
        if "\n" in str(error):
            raise ValueError(f"a message of several lines: {error}") from error
        return type(error).__name__
    table = ledger.to_json()
    if table["used"] != used or table["read"] != used + sum(table["left_out"].values()):
        raise ValueError(f"{used} rows used, and the ledger says {table}")
    return "read" if not table["left_out"] else "read, some left out"


def campaign(count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """How often each thing came of `count` damaged files, and the faults with their seeds."""
    outcomes: Counter[str] = Counter()
    faults: list[str] = []
    for number in range(count):
        rng = random.Random(f"{seed}:{number}")
        with tempfile.TemporaryDirectory() as folder:
            make = _judged_folder if rng.random() < 0.08 else _file
            path = make(rng, Path(folder))
            for spans in (None,) if path.is_dir() else (None, True):
                try:
                    outcomes[_read(path, spans)] += 1
                except Exception as error:  # whatever else comes is what is looked for
                    faults.append(f"{seed}:{number} {path.name} {type(error).__name__}: {error}")
    return outcomes, faults


def main() -> int:
    """Run a campaign as the command line says, and print its figures. Returns the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int, nargs="?", default=20_000)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    options = parser.parse_args()
    outcomes, faults = campaign(options.count, options.seed)
    times = sum(outcomes.values()) + len(faults)
    lines = [f"{options.count:,} damaged files, read {times:,} times"]
    lines += [f"{count:>8,}  {outcome}" for outcome, count in outcomes.most_common()]
    lines += [f"{len(faults):>8,}  faults", *faults[:20]]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
