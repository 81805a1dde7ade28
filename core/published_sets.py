"""Questions of published sets and of annotation tools, each layout as flat rows. Pure.

A flat row has `question`, `answers`, and as far as the set has them `id`, `title` and `context`.
A layout is known by the keys of its rows; `docs/formats.md` has the table. What a layout does not
name stays in the row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .errors import RowError
from .layouts import QUESTION_NAMES, plain_name

__all__ = ["LAYOUTS", "FlatRow", "Layout", "flat_rows", "wrapped_questions"]

_Fields = Mapping[str, Any]
_NO_ANSWER = frozenset(("invalid question", "i don't know"))
"""What CRAG writes in place of an answer, in lower case."""


class FlatRow(NamedTuple):
    """A question as a flat row."""

    path: str
    """To the question within its object; empty where it is the object."""
    fields: dict[str, Any]
    left_out: str = ""
    """Why it is no question to ask, in plain words; empty where it is one."""


class Layout(NamedTuple):
    """How a published set lays out a row."""

    name: str
    keys: tuple[str, ...]
    """Of which all must be there for a row to be one of the set's."""
    flatten: Callable[[_Fields, str], Iterator[FlatRow]]


def flat_rows(fields: dict[str, Any], place: str) -> Iterator[FlatRow]:
    """The questions of an object; an object of no known layout is a flat row itself.

    Raises RowError where an object of a layout lacks what the layout needs.
    """
    layout = next((layout for layout in LAYOUTS if all(key in fields for key in layout.keys)), None)
    if layout is None:
        yield FlatRow("", _flat(fields))
        return
    try:
        yield from layout.flatten(fields, place)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        why = f"is no row as {layout.name} lays them out ({error!r:.100})"
        raise RowError(place, why, "mend the row, or write it flat: question, answers") from error


def wrapped_questions(document: _Fields) -> Iterator[tuple[str, Any]] | None:
    """The rows that an object of a published set wraps, with the paths to them; None: none."""
    for key in ("Data", "Questions"):
        if isinstance(rows := document.get(key), list):
            return ((f"{key}[{number}]", row) for number, row in enumerate(rows))
    queries = document.get("query")
    if isinstance(queries, dict) and isinstance(document.get("passages"), dict):
        columns = {key: value for key, value in document.items() if isinstance(value, dict)}
        return (
            (f"row {key}", {name: column.get(key) for name, column in columns.items()})
            for key in queries
        )
    return None


def _flat(fields: _Fields, **changed: Any) -> dict[str, Any]:
    """The row with a `question` and an `id`, whatever its set calls them."""
    row = dict(fields)
    if "question" not in row:
        name = next((key for key in row if plain_name(key) in QUESTION_NAMES), None)
        if name is not None:
            row["question"] = row[name]
    names = ("id", "_id", "qid", "qId", "question_id", "query_id", "QuestionId", "interaction_id")
    if row.get("id") is None:
        row["id"] = next((row[name] for name in names if row.get(name) is not None), None)
    if row["id"] is None:
        del row["id"]
    if "answers" not in row and "answer" not in row and "possible_answers" in row:
        row["answers"] = row["possible_answers"]
    row.update(changed)
    return row


def _one(fields: _Fields, **changed: Any) -> Iterator[FlatRow]:
    yield FlatRow("", _flat(fields, **changed))


def _header(fields: _Fields, _place: str) -> Iterator[FlatRow]:
    """MRQA's first line says what the file is, and holds no question."""
    return iter(()) if isinstance(fields["header"], Mapping) else _one(fields)


def _paragraph(fields: _Fields, place: str) -> Iterator[FlatRow]:
    """A context with its questions: MRQA's lines, or SQuAD's paragraphs one a line."""
    context, title = fields["context"], fields.get("title", "")
    for number, entry in enumerate(fields["qas"]):
        row = {"title": title, "context": context, **entry}
        if "detected_answers" in row:
            row["answers"] = _detected(row)
        yield FlatRow(f"qas[{number}]", _flat(row))


def _article(fields: _Fields, place: str) -> Iterator[FlatRow]:
    """SQuAD's article by itself."""
    for number, paragraph in enumerate(fields["paragraphs"]):
        if "qas" not in paragraph:
            raise ValueError("a paragraph has no `qas`")
        inner = {"title": fields.get("title", ""), **paragraph}
        for row in _paragraph(inner, place):
            yield row._replace(path=f"paragraphs[{number}].{row.path}")


def _mrqa(fields: _Fields, _place: str) -> Iterator[FlatRow]:
    return _one(fields, answers=_detected(fields))


def _detected(row: _Fields) -> dict[str, list[Any]]:
    """MRQA's answers at their places in the context, and those that it found at none."""
    context, detected = row["context"], row["detected_answers"]
    entries: list[Any] = detected
    if isinstance(detected, Mapping):  # a column for each key, as on the Hugging Face hub
        columns = zip(detected["text"], detected["char_spans"], strict=True)
        entries = [{"text": text, "char_spans": spans} for text, spans in columns]
    places: list[tuple[str, int]] = []
    for entry in entries:
        for start, end in _spans(entry["char_spans"]):
            places.append((context[start : end + 1], start))  # ends are inclusive
    known = {text.casefold() for text, _ in places}
    places += [(text, -1) for text in row.get("answers", ()) if text.casefold() not in known]
    return {"text": [text for text, _ in places], "answer_start": [at for _, at in places]}


def _spans(spans: Any) -> list[tuple[int, int]]:
    if isinstance(spans, Mapping):
        return list(zip(spans["start"], spans["end"], strict=True))
    return [(s["start"], s["end"]) if isinstance(s, Mapping) else (s[0], s[1]) for s in spans]


def _kilt(fields: _Fields, place: str) -> Iterator[FlatRow]:
    outputs = fields["output"]
    if not outputs:
        raise RowError(
            place, "`output` is empty, as in KILT's test sets", "give a set with answers"
        )
    answers = [output["answer"] for output in outputs if output.get("answer")]
    return _one(fields, question=fields["input"], answers=answers)


def _trivia_original(fields: _Fields, place: str) -> Iterator[FlatRow]:
    return _one(fields, answers=_aliases(fields["Answer"], place))


def _trivia(fields: _Fields, place: str) -> Iterator[FlatRow]:
    if not isinstance(fields["answer"], Mapping) or "value" not in fields["answer"]:
        return _one(fields)
    return _one(fields, answers=_aliases(fields["answer"], place))


def _aliases(answer: _Fields, place: str) -> list[Any]:
    """A thing's name, its other names, and what people answered."""
    value, *lists = (
        next((answer[key] for key in answer if plain_name(key) == name), None)
        for name in ("value", "aliases", "normalizedaliases", "humananswers")
    )
    if value in ("<unk>", None):
        raise RowError(place, "its answer is withheld, as in test sets", "give a set with answers")
    return [value, *(text for texts in lists for text in texts or ())]


def _hotpot(fields: _Fields, _place: str) -> Iterator[FlatRow]:
    context = fields["context"]
    if isinstance(context, Mapping):
        paragraphs = list(zip(context["title"], context["sentences"], strict=True))
    elif isinstance(context, str):
        return _one(fields)
    else:
        paragraphs = [(title, sentences) for title, sentences in context]
    texts = [f"{title}\n{''.join(sentences).strip()}" for title, sentences in paragraphs]
    return _one(fields, context="\n\n".join(texts))


_DESCRIPTION = re.compile(
    r'\(description\s{1,9}(?:"((?:[^"\\]|\\.){0,1000})"|([^()"\s]{1,1000}))\)'
)


def _web_questions(fields: _Fields, _place: str) -> Iterator[FlatRow]:
    matches = _DESCRIPTION.findall(fields["targetValue"])
    answers = [re.sub(r"\\(.)", r"\1", quoted) or bare for quoted, bare in matches]
    if not answers:
        raise ValueError(f"no description in {fields['targetValue'][:40]!r}")
    return _one(fields, answers=answers)


def _web_questions_sp(fields: _Fields, _place: str) -> Iterator[FlatRow]:
    answers = [
        entry.get("EntityName") or entry["AnswerArgument"]
        for parse in fields["Parses"]
        for entry in parse["Answers"]
    ]
    yield FlatRow("", _flat(fields, answers=answers), "" if answers else "it has no answer yet")


def _crag(fields: _Fields, _place: str) -> Iterator[FlatRow]:
    alternatives = fields.get("alt_ans") or []
    texts = [fields["answer"], *([alternatives] if isinstance(alternatives, str) else alternatives)]
    answers = [t for t in texts if not (isinstance(t, str) and t.strip().casefold() in _NO_ANSWER)]
    return _one(fields, answers=answers)


def _marco(fields: _Fields, _place: str) -> Iterator[FlatRow]:
    """MS MARCO's: the context is what was selected, or all that was shown."""
    passages = fields["passages"]
    if isinstance(passages, Mapping):
        columns = zip(passages["is_selected"], passages["passage_text"], strict=True)
        shown = [(bool(selected), text) for selected, text in columns]
    else:
        shown = [(bool(entry.get("is_selected")), entry["passage_text"]) for entry in passages]
    texts = [text for selected, text in shown if selected] or [text for _, text in shown]
    return _one(fields, context="\n\n".join(texts) or None)


def _annotated(fields: _Fields, place: str) -> Iterator[FlatRow]:
    """A task of Label Studio's export, with what all its annotators marked."""
    data = fields["data"]
    annotations = fields.get("annotations", fields.get("completions"))
    done = [a for a in annotations if not a.get("was_cancelled")]
    results = [item for annotation in done for item in annotation["result"]]
    row = _flat(data, id=fields.get("id"), answers=_marked(results))
    row["context"] = _task_text(data)
    yield FlatRow("", row, "" if done else "nobody has annotated it yet")


def _marked(results: Iterable[_Fields]) -> dict[str, list[Any]]:
    """Spans of the text, and texts that annotators wrote, of which no start is known."""
    values = [item["value"] for item in results if "text" in item.get("value", {})]
    spans = [
        (text, value.get("start", -1))
        for value in values
        for text in ([value["text"]] if isinstance(value["text"], str) else value["text"])
    ]
    return {"text": [text for text, _ in spans], "answer_start": [int(at) for _, at in spans]}


def _task_text(data: _Fields) -> Any:
    return next(
        (data[key] for key in ("context", "text", "passage", "document") if key in data), None
    )


def _annotated_briefly(fields: _Fields, _place: str) -> Iterator[FlatRow]:
    """Label Studio's JSON-MIN: the task's own keys, and spans under the name of their tag."""
    marked = [
        value
        for value in fields.values()
        if isinstance(value, list)
        and value
        and all(isinstance(entry, Mapping) and "text" in entry for entry in value)
    ]
    answers = _marked([{"value": entry} for entry in (marked[0] if marked else [])])
    written = fields.get("answer", fields.get("answers"))
    if not marked and written:
        return _one(fields, context=_task_text(fields))
    return _one(fields, context=_task_text(fields), answers=answers)


def _haystack(fields: _Fields, _place: str) -> Iterator[FlatRow]:
    """Labels of Haystack: an answer is an object that names its place in the document."""
    answer, document = fields["answer"] or {}, fields.get("document") or {}
    spans = answer.get("offsets_in_document") or [{}]
    text = answer.get("answer") or ""
    row = _flat(
        fields,
        context=document.get("content"),
        answers={"text": [text], "answer_start": [spans[0].get("start")]},
    )
    row.pop("document", None)  # it is the text, and no id
    wrong = fields.get("is_correct_answer") is False and bool(text)
    yield FlatRow("", row, "its label says that the answer is wrong" if wrong else "")


LAYOUTS: tuple[Layout, ...] = (
    Layout("MRQA's header", ("header",), _header),
    Layout("MRQA, or SQuAD's paragraphs", ("context", "qas"), _paragraph),
    Layout("SQuAD's articles", ("paragraphs", "title"), _article),
    Layout("MRQA on the hub", ("context", "detected_answers"), _mrqa),
    Layout("KILT", ("input", "output"), _kilt),
    Layout("TriviaQA", ("Question", "Answer"), _trivia_original),
    Layout("HotpotQA", ("supporting_facts", "context"), _hotpot),
    Layout("WebQuestions", ("utterance", "targetValue"), _web_questions),
    Layout("WebQuestionsSP", ("RawQuestion", "Parses"), _web_questions_sp),
    Layout("CRAG", ("query", "answer", "interaction_id"), _crag),
    Layout("MS MARCO", ("query", "answers", "passages"), _marco),
    Layout("Label Studio", ("data", "annotations"), _annotated),
    Layout("Label Studio's older export", ("data", "completions"), _annotated),
    Layout("Label Studio's JSON-MIN", ("annotator", "annotation_id"), _annotated_briefly),
    Layout("Haystack's labels", ("query", "answer", "document"), _haystack),
    Layout("TriviaQA on the hub", ("question", "answer"), _trivia),
)
"""In the order in which they are tried."""
