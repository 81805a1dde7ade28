"""Judgments in the columns of BEIR, TREC and MS MARCO, and scores equal to the field's tools'."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, Success, nDCG

from spanmem.core.errors import RowError
from spanmem.core.records import Passage
from spanmem.evaluation.benchmark import benchmark
from spanmem.evaluation.datasets import Question, read_set
from spanmem.evaluation.judgments import JudgedFolder, read_judgments, read_queries
from spanmem.evaluation.matching import is_own_document
from spanmem.pipeline.indexing import index
from spanmem.pipeline.qa import QA
from spanmem.pipeline.settings import Settings

IDS = st.text(st.sampled_from('aB1"_(-'), min_size=1, max_size=4)
JUDGED = st.dictionaries(
    IDS, st.dictionaries(IDS, st.integers(1, 3), min_size=1, max_size=3), max_size=3
)
FORMS = {
    "beir": "query-id\tcorpus-id\tscore\n|{q}\t{d}\t{g}\n",
    "no header": "|{q}\t{d}\t{g}\n",
    "trec": "|{q} 0 {d} {g}\n",
    "wide": "|{q}   Q0  {d}\t {g}\n",
    "marco": "|{q}\t0\t{d}\t{g}\r\n",
    "swapped": "corpus-id\tscore\tquery-id\n|{d}\t{g}\t{q}\n",
    "floats": "|{q}\t{d}\t{g}.0\n",
}


@given(JUDGED, st.sampled_from(sorted(FORMS)))
def test_judgments_are_the_same_in_all_columns(
    tmp_path_factory: pytest.TempPathFactory, judged: dict[str, dict[str, int]], form: str
) -> None:
    header, line = FORMS[form].split("|")
    path = tmp_path_factory.getbasetemp() / "qrels.tsv"
    lines = [line.format(q=q, d=d, g=g) for q, ds in judged.items() for d, g in ds.items()]
    path.write_text(header + "".join(lines), encoding="utf-8", newline="")
    if form != "wide" or not judged:
        assert read_judgments(path) == judged
    else:
        with pytest.raises(RowError, match="must be query, document"):
            read_judgments(path)


@pytest.mark.parametrize(
    "line",
    ["q\td", "q\td\t0.5", "q\td\tmuch", "q\td\t1\t2\t3", "q\tx\td\t1", "q Q0 d 1 0.9 tag", "q\t\t1",
     "q d 1", "q,d,1", "q\td\t1\nq\t0\td\t1", "q\td\tinf"],
)  # fmt: skip
def test_what_is_no_judgment_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    (tmp_path / "test.tsv").write_text(f"a\tb\t1\n{line}\n" if line[1] == "\t" else f"{line}\n")
    with pytest.raises(RowError, match=r"test\.tsv:\d: must be query, document and a whole number"):
        read_judgments(tmp_path / "test.tsv")


def test_queries_and_judgments_of_ms_marco(tmp_path: Path) -> None:
    (tmp_path / "queries.train.tsv").write_text("9\tno\n")
    (tmp_path / "queries.dev.tsv").write_text('1\twho "built it\n2\twhen\n')
    (tmp_path / "qrels.dev.tsv").write_text("1\t0\t7\t1\n2\t0\t8\t1\n")
    (tmp_path / "qrels.train.tsv").write_text("9\t0\t7\t1\n")
    assert JudgedFolder.find(tmp_path).queries.name == "queries.dev.tsv"
    assert [(q.id, q.text, q.documents) for q in read_set(tmp_path)] == [
        ("1", 'who "built it', {"7": 1}),
        ("2", "when", {"8": 1}),
    ]


def test_a_query_is_there_once_and_has_id_and_text(tmp_path: Path) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text('{"_id": 1, "text": "a"}\n{"_id": "1", "text": "b"}\n')
    with pytest.raises(RowError, match=r":2: query '1' was in queries\.jsonl:1 already"):
        list(read_queries(path))
    (tmp_path / "queries.tsv").write_text("only text\n")
    with pytest.raises(RowError, match=":1: has no id and text; divide them by a tab"):
        list(read_queries(tmp_path / "queries.tsv"))


def judged_set(folder: Path, queries: dict[str, str], qrels: str) -> Path:
    (folder / "qrels").mkdir(parents=True)
    rows = [json.dumps({"_id": name, "text": text}) + "\n" for name, text in queries.items()]
    (folder / "queries.jsonl").write_text("".join(rows), encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text(qrels, encoding="utf-8")
    return folder


TEXTS = {
    "q1": "The mill in the yard should be kept",
    "a1": "The mill in the yard is kept by law",
    "a2": "The yard is not the place for a mill",
    "2": "A pond lies behind the mill in the yard",
}


@pytest.fixture(scope="module")
def qa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QA]:
    folder = tmp_path_factory.mktemp("judged")
    rows = [json.dumps({"id": name, "text": text}) + "\n" for name, text in TEXTS.items()]
    (folder / "corpus.jsonl").write_text("".join(rows), encoding="utf-8")
    settings = Settings().override({"encoder.model": "hash-256", "reader.model": "overlap"})
    with index(folder / "corpus.jsonl", into=folder / "m", settings=settings) as memory:
        yield QA(memory, settings=settings)


def test_a_document_that_is_the_query_is_left_out_and_told(qa: QA, tmp_path: Path) -> None:
    queries = {"q1": TEXTS["q1"], "2": "which place is not for a mill"}
    folder = judged_set(tmp_path / "set", queries, "q1\ta1\t1\n2\ta2\t1\n")
    table = benchmark(qa, folder).to_json()
    assert table["gold_recall"]["1"] == 100.0  # but for its own document, a1 is the nearest
    assert table["rows"]["repaired"] == {
        "the query's own document was left out of what was found": 1
    }
    judged_set(tmp_path / "own", queries, "q1\tq1\t1\n2\ta2\t1\n")
    assert benchmark(qa, tmp_path / "own").to_json()["rows"]["repaired"] == {}


@pytest.mark.parametrize(
    ("question", "document", "text", "own"),
    [
        ("q1", "q1", "The  mill", True),
        ("q1", "q2", "The mill", False),
        ("q1", "q1", "A pond", False),
        ("a1", "a1", "The mill", False),
    ],
)
def test_only_the_same_id_and_text_make_a_document_ones_own(
    question: str, document: str, text: str, own: bool
) -> None:
    asked = Question(id=question, text="The mill stands.", answers=(), documents={"a1": 1})
    passage = Passage(document=document, start=0, end=len(text), text=text)
    assert is_own_document(passage, asked) is own


@pytest.mark.parametrize("seed", range(4))
def test_scores_are_those_of_ir_measures(qa: QA, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    queries = {name: rng.choice(list(TEXTS.values())) for name in ("q1", "x", "2", "z")}
    pairs = [
        (q, d, rng.choice((-1, 0, 1, 2))) for q in queries for d in TEXTS if rng.random() < 0.6
    ]
    pairs += [(q, "a1", 1) for q in queries if not any(p[0] == q for p in pairs)]
    qrels = "".join(f"{q}\t0\t{d}\t{grade}\n" for q, d, grade in pairs)
    report = benchmark(qa, judged_set(tmp_path / "set", queries, qrels + "x\t0\tnowhere\t1\n"))
    run = [
        ir_measures.ScoredDoc(o.question.id, document, -float(rank))
        for o in report.outcomes
        for rank, document in enumerate(o.documents)
    ]
    judgments = list(ir_measures.read_trec_qrels(qrels + "x\t0\tnowhere\t1\n"))
    expected = ir_measures.calc_aggregate([nDCG @ 10, RR, Success @ 1], judgments, run)
    table = report.to_json()
    assert table["document_ndcg@10"] == pytest.approx(expected[nDCG @ 10])
    assert table["gold_mrr"] == pytest.approx(expected[RR])
    assert table["gold_recall"]["1"] == pytest.approx(100 * expected[Success @ 1])
