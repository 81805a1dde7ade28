"""Equations in one line, of Office's XML and of MathML."""

# ruff: noqa: E501 -- each equation in a line

from __future__ import annotations

import pytest

from spanmem.indexer.documents.equations import equation
from spanmem.indexer.documents.packages import parsed

KNOWN = {
    "<math><mfrac><mn>1</mn><mn>4</mn></mfrac></math>": "1/4",
    "<math><mfrac><mrow><mi>a</mi><mo>+</mo><mn>1</mn></mrow><mn>4</mn></mfrac></math>": "(a+1)/4",
    "<math><msup><mn>10</mn><mn>6</mn></msup></math>": "10⁶",
    "<math><msup><mi>x</mi><mi>ab</mi></msup></math>": "x^ab",
    "<math><msub><mi>a</mi><mn>1</mn></msub></math>": "a_1",
    "<math><msubsup><mi>a</mi><mn>1</mn><mn>2</mn></msubsup></math>": "a_1²",
    "<math><msqrt><mi>x</mi></msqrt></math>": "√x",
    "<math><mi>x</mi><annotation>x over y</annotation></math>": "x",
    "<oMath><r><rPr><sty/></rPr><t>E=m</t></r><sSup><e><r><t>c</t></r></e><sup><r><t>2</t></r></sup></sSup></oMath>": "E=mc²",
    "<oMath><rad><deg/><e><r><t>x+1</t></r></e></rad></oMath>": "√(x+1)",
    "<oMath><d><dPr/><e><r><t>a</t></r></e><e><r><t>b</t></r></e></d></oMath>": "(a, b)",
    "<oMath/>": "",
}  # fmt: skip


@pytest.mark.parametrize(("xml", "text"), KNOWN.items())
def test_an_equation_is_one_line_in_which_no_digits_join(xml: str, text: str) -> None:
    assert equation(parsed(xml.encode(), "a.xml")) == text
