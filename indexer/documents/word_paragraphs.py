"""A Word paragraph -> the text that a reader of the page sees, with what hangs on it.

Tracked changes count as accepted; of a field its result is read, not its code; what is hidden or
struck out is left out. By ECMA-376 part 1, 17.3 (runs), 17.13 (revisions), 17.16 (fields).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from .equations import equation
from .packages import local
from .raised import raised, settled
from .symbols import plain, symbol
from .word_styles import Styles, W, is_on, value

__all__ = ["GONE", "PAGE", "Line", "Paragraphs", "chosen", "is_prompt"]

_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"

GONE = frozenset({
    "del", "moveFrom", "delText", "delInstrText", "instrText", "pPr", "rPr", "tblPr", "tblGrid",
    "trPr", "tcPr", "sdtPr", "sdtEndPr", "sectPr", "annotationRef", "commentReference",
    "customXmlPr", "smartTagPr", "fldData", "tblPrEx",
})  # fmt: skip
"""Elements that hold no text of the page, or what was deleted."""
_BREAKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_PROMPT = re.compile(
    r"\s*(?:click|tap|choose|enter|select|type|klicken|tippen|wählen|geben|cliquez|choisissez|"
    r"haga|elija|pulse|fare|scegliere|klik|kies|klicka|välj)\b",
    re.IGNORECASE,
)
"""How Word's prompts begin that stand in a control until it is filled in."""
_PAGE = re.compile(r"\s*PAGE\b", re.IGNORECASE)
PAGE = "\ue0f3"
"""Where a page's number stands: a private character, in no text."""


@dataclass(slots=True)
class Line:
    """What a paragraph says."""

    text: str = ""
    notes: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Kind and id of the notes that it refers to."""
    boxes: list[Any] = field(default_factory=list[Any])
    """`w:txbxContent` of text boxes that hang on it."""
    drawings: list[Any] = field(default_factory=list[Any])
    """`c:chart` and `dgm:relIds` in it."""
    joins: bool = False
    """Its end is deleted or hidden: the next paragraph goes on in the same line."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """A `w:fldChar` of a field that is whole."""

    kind: str
    code: str
    start: Any


class Paragraphs:
    """Reads the paragraphs of one part in order: a field may reach over several of them."""

    def __init__(self, root: Any, styles: Styles) -> None:
        self._styles = styles
        self._marks = {} if root is None else _fields(root)
        self._open: list[bool] = []  # whether each open field is still in its code
        self._out: list[str] = []
        self._line = Line()

    def read(self, paragraph: Any) -> Line:
        """What the `w:p` says."""
        self._out, self._line = [], Line()
        properties = paragraph.find(W + "pPr")
        self._walk(paragraph, properties)
        line = self._line
        line.text = settled("".join(self._out)).replace("\u00ad", "")
        line.joins = _joins(properties)
        return line

    def _put(self, text: str) -> None:
        if not any(self._open):
            self._out.append(text)

    def _walk(self, node: Any, properties: Any) -> None:
        for child in node:
            name = local(child)
            if name in GONE:
                continue
            if name == "r" and child.tag.startswith(W):
                self._run(child, properties)
            elif name == "AlternateContent":
                self._walk(chosen(child), properties)
            elif name == "sdt":
                self._control(child, properties)
            elif name == "fldSimple" and _PAGE.match(child.get(W + "instr", "")):
                self._put(PAGE)
            elif name == "txbxContent":
                if not any(self._open):
                    self._line.boxes.append(child)
            elif name == "oMath":
                self._put(equation(child))
            elif name in {"chart", "relIds"}:
                self._line.drawings.append(child)
            elif name == "textpath":
                self._put(child.get("string", ""))
            elif not _is_hidden_shape(child):
                self._walk(child, properties)

    def _control(self, control: Any, properties: Any) -> None:
        """A content control; without the prompt that stands in one that was not filled in."""
        if not is_prompt(control):
            self._walk(control, properties)

    def _run(self, run: Any, properties: Any) -> None:
        own = run.find(W + "rPr")
        if any(self._styles.is_set(p, own, properties) for p in ("vanish", "strike", "dstrike")):
            for mark in run.iterfind(W + "fldChar"):
                self._field(mark)
            return
        start = len(self._out)
        for child in run:
            name = local(child)
            if name == "t":
                self._put(plain(child.text or "", _font(own)))
            elif name in _BREAKS and child.tag.startswith(W):
                self._put(_BREAKS[name])
            elif name == "sym":
                self._put(_symbol(child))
            elif name == "fldChar":
                self._field(child)
            elif name in {"footnoteReference", "endnoteReference"}:
                if not any(self._open):
                    self._line.notes.append((name[:-9], child.get(W + "id", "")))
            elif name == "ruby":
                self._ruby(child, properties)
            elif name == "AlternateContent":
                self._walk(chosen(child), properties)
            elif name not in GONE:
                self._walk_one(child, properties)
        if self._styles.is_raised(own, properties):
            text = "".join(self._out[start:])
            del self._out[start:]
            self._out.append(raised(text))

    def _walk_one(self, child: Any, properties: Any) -> None:
        """A drawing, a picture or an object in a run."""
        if local(child) in {"drawing", "pict", "object"} and not any(
            _is_hidden_shape(node) for node in child
        ):
            self._walk(child, properties)

    def _ruby(self, ruby: Any, properties: Any) -> None:
        base, above = ruby.find(W + "rubyBase"), ruby.find(W + "rt")
        if base is not None:
            self._walk(base, properties)
        if above is not None:
            self._put("(")
            self._walk(above, properties)
            self._put(")")

    def _field(self, node: Any) -> None:
        mark = self._marks.get(node)
        if mark is None:
            return
        if mark.kind == "begin":
            self._put(_form_value(node))
            self._open.append(True)
        elif mark.kind == "separate" and self._open:
            self._open[-1] = False
            if _PAGE.match(mark.code):
                self._put(PAGE)
                self._open[-1] = True  # the number is that of one page only
        elif mark.kind == "end" and self._open:
            self._open.pop()


def is_prompt(control: Any) -> bool:
    """Whether a `w:sdt` shows but the prompt to fill it in. Programs that fill one in often leave
    the mark of a prompt, so the words count too."""
    if not is_on(control.find(W + "sdtPr"), "showingPlcHdr"):
        return False
    return _PROMPT.match("".join(t.text or "" for t in control.iter(W + "t"))) is not None


def chosen(alternatives: Any) -> Any:
    """Of an `mc:AlternateContent` the branch that is shown: the first with text in it."""
    branches = alternatives.findall(_MC + "Choice") + alternatives.findall(_MC + "Fallback")
    texts = (W + "t", W + "txbxContent", _M + "t", "{*}relIds", "{*}chart", "{*}textpath")
    for branch in branches:
        if any(True for _ in branch.iter(*texts)):
            return branch
    return branches[0] if branches else alternatives


def _fields(root: Any) -> dict[Any, _Mark]:
    """The marks of all fields in `root` that begin and end in the same story, outside of what was
    deleted; others are no fields, and their text stays."""
    import lxml.etree as etree

    tags = [W + name for name in ("fldChar", "instrText", "del", "moveFrom", "txbxContent")]
    walk = etree.iterwalk(root, events=("start", "end"), tag=tags)
    marks: dict[Any, _Mark] = {}
    stories: list[list[tuple[list[Any], list[str]]]] = [[]]
    for event, node in walk:
        name = local(node)
        if name == "txbxContent":
            if event == "start":
                stories.append([])
            else:
                stories.pop()
        elif event == "end":
            continue
        elif name in {"del", "moveFrom"}:
            walk.skip_subtree()
        elif name == "instrText":
            if stories[-1]:
                stories[-1][-1][1].append(node.text or "")
        elif (kind := node.get(W + "fldCharType")) == "begin":
            stories[-1].append(([node], []))
        elif stories[-1]:
            nodes, code = stories[-1][-1]
            nodes.append(node)
            if kind == "end":
                stories[-1].pop()
                text = "".join(code)
                for mark in nodes:
                    marks[mark] = _Mark(mark.get(W + "fldCharType", ""), text, nodes[0])
    return marks


def _joins(properties: Any) -> bool:
    if properties is None:
        return False
    frame = properties.find(W + "framePr")
    if frame is not None and frame.get(W + "dropCap", "none") != "none":
        return True
    mark = properties.find(W + "rPr")
    if mark is None:
        return False
    gone = mark.find(W + "del") is not None or mark.find(W + "moveFrom") is not None
    return gone or bool(is_on(mark, "vanish")) or bool(is_on(mark, "specVanish"))


def _is_hidden_shape(node: Any) -> bool:
    """Whether the node is, or is the frame of, a drawing that is not shown."""
    style = node.get("style") or ""
    if "visibility:hidden" in style.replace(" ", ""):
        return True
    return any(local(n) == "docPr" and n.get("hidden") in {"1", "true"} for n in node)


def _font(run: Any) -> str:
    fonts = None if run is None else run.find(W + "rFonts")
    return "" if fonts is None else fonts.get(W + "ascii") or fonts.get(W + "hAnsi") or ""


def _symbol(node: Any) -> str:
    try:
        return symbol(node.get(W + "font", ""), int(node.get(W + "char", ""), 16))
    except ValueError:
        return ""


def _form_value(begin: Any) -> str:
    """What an old form's field shows that has no text of its own: a box, or the chosen entry."""
    data = begin.find(W + "ffData")
    if data is None:
        return ""
    if (box := data.find(W + "checkBox")) is not None:
        checked = is_on(box, "checked")
        return "☒" if (is_on(box, "default") if checked is None else checked) else "☐"
    if (choice := data.find(W + "ddList")) is not None:
        entries = [node.get(W + "val", "") for node in choice.iterfind(W + "listEntry")]
        at = value(choice, "result") or value(choice, "default") or "0"
        return entries[int(at)] if at.isdecimal() and int(at) < len(entries) else ""
    return ""
