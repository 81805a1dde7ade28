"""MathML on one line."""

from __future__ import annotations

import pytest

from spanmem.indexer.documents.html import page_from


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("<msup><mn>10</mn><mn>6</mn></msup>", "10^6"),
        ("<msup><mn>2</mn><mrow><mi>n</mi><mo>+</mo><mn>1</mn></mrow></msup>", "2^(n+1)"),
        ("<msup><mi>x</mi><mrow><mn>2</mn></mrow></msup>", "x^2"),
        ("<mn>3</mn><mfrac><mn>1</mn><mn>2</mn></mfrac>", "3 1/2"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac>", "(a+b)/2"),
        ("<msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup>", "x_1^2"),
        ("<msqrt><mn>16</mn></msqrt><mo>=</mo><mn>4</mn>", "√(16)=4"),
        ("<mroot><mn>8</mn><mn>3</mn></mroot>", "√8^(1/3)"),
        ("<mn>2</mn><mo>\u2062</mo><mn>3</mn>", "2 3"),
        ("<mi>sin</mi><mo>\u2061</mo><mi>x</mi>", "sin x"),
        ("<semantics><mi>a</mi><annotation>\\alpha</annotation></semantics>", "a"),
    ],
)
def test_a_formula_is_readable_and_its_digits_apart(markup: str, plain: str) -> None:
    assert page_from("a.html", f"<p><math>{markup}</math></p>".encode()).text == plain
