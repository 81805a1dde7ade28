"""reStructuredText (.rst): as docutils reads it, with the contents of Sphinx's directives."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .extracted import Extracted, TextBuilder
from .grids import Cell, row_texts
from .raised import raised, settled
from .text import read_text
from .word_styles import written

__all__ = ["read_restructured"]

_LONGEST = 3_000_000
"""Characters that are read as reStructuredText; more is read as plain text."""
_DIRECTIVE = re.compile(r"^[ \t]{0,200}\.\. ([\w:+.-]{1,60})::", re.MULTILINE)
_OPTIONS = re.compile(r"\A(?:[ \t]{0,200}:[\w -]{1,60}:[^\n]{0,2000}\n?){0,40}")
_ROLE = re.compile(r":([A-Za-z][\w:+.-]{0,60}):`")
_TARGET = re.compile(r"(.{0,2000}?)\s{0,10}<[^<>]{0,2000}>", re.DOTALL)
_CODE = frozenset({
    "code-block", "sourcecode", "highlight-block", "prompt", "doctest", "testcode", "testoutput",
    "testsetup", "ipython", "graphviz", "digraph", "graph", "mermaid", "uml", "plantuml",
    "literalblock", "productionlist", "command-output",
})  # fmt: skip
_SILENT = frozenset({
    "toctree", "index", "only-if", "highlight", "currentmodule", "tabularcolumns",
    "sectionauthor", "codeauthor", "module", "literalinclude", "automodule", "autoclass",
    "autofunction", "autosummary", "automethod", "autodata", "autoattribute", "include", "raw",
    "meta", "contents", "default-role", "currentlibrary", "py:module", "py:currentmodule",
})  # fmt: skip
"""Directives that show nothing of their own, or what stands elsewhere."""
_SINCE = {
    "versionadded": "Added in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
    "versionremoved": "Removed in version",
}


def read_restructured(path: Path) -> Extracted:
    """The document's blocks in order. What docutils cannot read is taken as plain text.

    Nothing is included or run. Raises InputError for what is no text.
    """
    text = read_text(path).text
    if len(text) > _LONGEST:
        return Extracted(text, _first_title(text))
    try:
        document = _doctree(text)
    except Exception:  # damaged documents fail anywhere in the library
        return Extracted(text, _first_title(text))
    reader = _Reader()
    reader.blocks(document)
    return reader.builder.extracted(reader.title)


def _first_title(text: str) -> str:
    match = re.search(r"^(\S[^\n]{0,200})\n([=\-~^\"'#*+]){3}", text, re.MULTILINE)
    return match.group(1).strip() if match else ""


def _doctree(text: str) -> Any:
    from docutils.core import publish_doctree

    _register(text)
    settings = {
        "report_level": 5,
        "halt_level": 5,
        "file_insertion_enabled": False,
        "raw_enabled": False,
        "syntax_highlight": "none",
        "line_length_limit": _LONGEST + 1,
        "trim_footnote_reference_space": True,
        "_disable_config": True,
        "warning_stream": False,
    }
    return publish_doctree(text, settings_overrides=settings)


def _register(text: str) -> None:
    """Makes known to docutils the directives and roles that the document uses and it lacks."""
    from docutils.parsers.rst import directives, languages, roles

    english = languages.get_language("en")
    known = set(english.directives)
    for name in set(_DIRECTIVE.findall(text)) - known:
        directives.register_directive(name, _directive())
    known = set(english.roles)
    for name in set(_ROLE.findall(text)) - known:
        roles.register_local_role(name, _role)


def _role(name: str, source: str, text: str, line: int, inliner: Any, *_: Any) -> Any:
    """What a role of Sphinx shows: the title of `title <target>`, the last name of `~a.b`."""
    from docutils import nodes

    match = _TARGET.fullmatch(text)
    if match and match.group(1).strip():
        text = match.group(1)
    elif text.startswith("~"):
        text = text.rpartition(".")[2].lstrip("~")
    return [nodes.inline(source, text.lstrip("!"))], []


def _directive() -> Any:
    """A directive that shows its argument and its contents."""
    from docutils import nodes
    from docutils.parsers.rst import Directive

    class AnyOptions(dict[str, Any]):
        def __missing__(self, key: str) -> Any:
            return str

    class Shown(Directive):
        has_content = True
        optional_arguments = 1
        final_argument_whitespace = True
        option_spec = AnyOptions(name=str)

        def run(self) -> list[Any]:
            if self.name in _SILENT:
                return []
            if self.name in _CODE:
                text = "\n".join(self.content)
                return [nodes.literal_block(text, text)]
            shown: list[Any] = []
            said = self.arguments[0] if self.arguments else ""
            if self.name in _SINCE:
                version, _, rest = said.partition(" ")
                said = f"{_SINCE[self.name]} {version}" + (f": {rest}" if rest else "")
            if said and self.name != "only":
                parsed, _ = self.state.inline_text(" ".join(said.split()), self.lineno)
                shown.append(nodes.paragraph(said, "", *parsed))
            inner = nodes.container()
            self.state.nested_parse(self.content, self.content_offset, inner)
            return [*shown, *inner.children]

    return Shown


_FORMS = {
    "loweralpha": "lowerLetter",
    "upperalpha": "upperLetter",
    "lowerroman": "lowerRoman",
    "upperroman": "upperRoman",
}
_GONE = frozenset({
    "comment", "substitution_definition", "target", "pending", "raw", "meta",
    "label", "footnote_reference", "generated", "image",
})  # fmt: skip
_LINES = frozenset({
    "paragraph", "title", "subtitle", "rubric", "term", "attribution", "caption", "line",
})  # fmt: skip
_VERBATIM = frozenset(["literal_block", "doctest_block", "math_block"])
_TIGHT = frozenset(["list_item", "definition_list_item", "line", "field", "option_list_item"])


class _Reader:
    """Puts the text of a document's tree together."""

    def __init__(self) -> None:
        self.builder = TextBuilder()
        self.title = ""
        self._before = "\n\n"

    def _add(self, text: str, label: str = "") -> None:
        if text.strip():
            self.builder.add(label + text.strip("\n"), before=self._before)
            self._before = "\n\n"

    def blocks(self, node: Any) -> None:
        """The blocks in `node`, in order."""
        for child in node.children:
            self._block(child, type(child).__name__)

    def _block(self, node: Any, name: str) -> None:
        if name in _GONE:
            return
        if name == "system_message":
            self._refused(node)
        elif name in _LINES:
            text = settled("".join(_inline(node)))
            if name == "title" and not self.title:
                self.title = " ".join(text.split())
            self._add(text)
        elif name in _VERBATIM:
            self._add(node.astext())
        elif name == "table":
            self._table(node)
        elif name in {"bullet_list", "enumerated_list"}:
            self._list(node, name == "enumerated_list")
        elif name in {"field", "option_list_item"}:
            self._pair(node)
        elif name in {"docinfo", "field_list", "option_list"}:
            self.blocks(node)
        elif name == "Text":
            self._add(node.astext())
        elif node.children and all(type(c).__name__ == "Text" for c in node.children):
            label = f"{name.capitalize()}: " if type(node.parent).__name__ == "docinfo" else ""
            self._add(settled("".join(_inline(node))), label)
        else:
            self.blocks(node)

    def _refused(self, message: Any) -> None:
        """The contents of what docutils could not read, a directive with unknown options, say."""
        for node in message.findall(lambda node: type(node).__name__ == "literal_block"):
            lines = node.astext().split("\n")
            head = _DIRECTIVE.match(lines[0])
            if head is None:
                self._add("\n".join(lines))
            elif head.group(1) not in _SILENT:
                inner = "\n".join(lines[1:])
                self._add(textwrap.dedent(_OPTIONS.sub("", inner)))

    def _list(self, node: Any, numbered: bool) -> None:
        number = int(node.get("start", 1)) if numbered else 0
        for at, item in enumerate(node.children):
            first = item.children[0] if item.children else None
            self._before = "\n" if at else self._before
            if type(first).__name__ == "paragraph":
                form = _FORMS.get(node.get("enumtype", ""), "decimal")
                before, after = node.get("prefix", ""), node.get("suffix", ".")
                label = f"{before}{written(number + at, form)}{after} " if numbered else ""
                self._add(settled("".join(_inline(first))), label)
                for child in item.children[1:]:
                    self._before = "\n"
                    self._block(child, type(child).__name__)
            else:
                self.blocks(item)
        self._before = "\n\n"

    def _pair(self, node: Any) -> None:
        """A field or an option, with what is said of it."""
        name, *rest = node.children
        said = " ".join(" ".join(part.astext().split()) for part in rest)
        if said:
            self._add(f"{name.astext().replace(chr(10), ' ')}: {said}")

    def _table(self, table: Any) -> None:
        rows: list[list[Cell]] = []
        for child in table.children:
            if type(child).__name__ == "title":
                self._block(child, "title_of_table")
        for row in table.findall(lambda node: type(node).__name__ == "row"):
            header = type(row.parent).__name__ == "thead"
            rows.append(
                [
                    Cell(
                        settled("".join(_inline(entry, " "))),
                        int(entry.get("morecols", 0)) + 1,
                        int(entry.get("morerows", 0)) + 1,
                        header,
                    )
                    for entry in row.children
                ]
            )
        self.builder.add_rows(row_texts(rows))


def _inline(node: Any, between: str = "") -> Iterator[str]:
    """The texts in a node, raised ones marked, without marks of notes."""
    for child in node.children:
        name = type(child).__name__
        if name == "Text":
            yield child.astext()
        elif name == "superscript":
            yield raised(child.astext())
        elif name not in _GONE:
            yield from _inline(child, between)
            if between and name in _LINES | _VERBATIM:
                yield between
