"""The little language of x, y, samples and `where`: what it takes and what it refuses."""

import pickle

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expression_trees import (
    NAN,
    refusal,
    run,
)
from heatbin.errors import HeatbinError, UsageError
from heatbin.expressions import bounds, evaluate, parse, result_type


def test_columns_are_listed_once_in_their_order():
    expression = parse("b > a and sqrt(c.d) < b or col('pick up') in (1, 2)", argument="where")
    assert expression.columns == ("b", "a", "c.d", "pick up")
    assert str(expression) == "b > a and sqrt(c.d) < b or col('pick up') in (1, 2)"


@pytest.mark.parametrize("name", ["pick up", "2020", "class", "lon-lat", "a + b", "__index_level_0__", "("])
def test_a_text_that_is_exactly_a_column_is_that_column(name):
    assert parse(name, argument="x", columns=["other", name]).columns == (name,)
    assert run(f"col({name!r})", **{name: [7]}) == [7]


def test_names_are_not_normalised():
    micro, mu = "\u00b5", "\u03bc"  # Python's own parser takes the one for the other
    assert run(f"{micro} + {mu}.{micro}", **{micro: [1], mu: [{micro: 2}]}) == [3]


def test_line_breaks_and_blanks_do_not_matter():
    assert run("\n  a > 1\n  and b < 2\n", a=[2], b=[1]) == [True]
    assert run("s == 'a\u00a0b'", s=["a\u00a0b"]) == [True]


def test_an_unknown_column_is_an_error_with_a_suggestion():
    schema = pa.schema({"lon": pa.float64(), "place": pa.struct({"lat": pa.float64()})})
    with pytest.raises(UsageError, match="where: no column 'lng'; did you mean 'lon'"):
        result_type(parse("lng > 3", argument="where"), schema)
    with pytest.raises(UsageError, match=r"no column 'place.lad'; did you mean 'place.lat'"):
        result_type(parse("place.lad > 3", argument="where"), schema)
    with pytest.raises(UsageError, match=r"no column 'lon\.x'"):
        result_type(parse("lon.x > 3", argument="where"), schema)


def test_a_name_that_two_columns_have_is_an_error():
    schema = pa.schema([("a", pa.int64()), ("a", pa.int64())])
    with pytest.raises(UsageError, match="2 columns named 'a'"):
        result_type(parse("a", argument="x"), schema)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "where must be true or false"),
        ("s", "where must be true or false"),
        ("None", "where must be true or false"),
        ("s + 1", r"\+ does not take text \(string\) and int64"),
        ("s > 1", r"text \(string\) cannot be compared with 1"),
        ("x == 'a'", r"numbers \(int64\) cannot be compared with the text 'a'"),
        ("x > s", "int64 and string cannot be compared"),
        ("x == None", r"write is_null\(x\)"),
        ("x and x > 1", "needs true or false, not int64"),
        ("not x", "needs true or false, not int64"),
        ("l == 1", "cannot be compared"),
        ("t > 'yesterday'", "'yesterday' is no date; write one as"),
        ("t - 'noon' > duration('1h')", "'noon' is no date"),
        ("least(t, '2024-01-01T00:00:00.0000001') == t", "not a value that timestamp.us. can hold"),
        ("t < timestamp('9999-01-01T00:00:00.000000001') - duration('1s')", "out of range"),
        ("clock > '25:00'", "'25:00' is no time of day"),
        ("clock > 'noon'", "'noon' is no time of day"),
        ("x == date('2024-01-01')", "cannot be compared with the date"),
        ("s == date('2024-01-01')", "cannot be compared with the date"),
        ("x + 10**30 > 1", "beyond 64 bits"),
        ("10**30", "beyond 64 bits"),
        ("1 // 0 == x", "divide by zero"),
        ("if_else(x > 1, s, x) == 1", "if_else"),
    ],
)
def test_mistakes_are_found_without_a_row(text, message):
    schema = pa.schema(
        {
            "x": pa.int64(),
            "s": pa.string(),
            "t": pa.timestamp("us"),
            "clock": pa.time32("s"),
            "l": pa.list_(pa.int64()),
        }
    )
    with pytest.raises(UsageError, match=message):
        result_type(parse(text, argument="where"), schema)


def test_an_error_in_a_part_names_the_part_and_the_whole():
    with pytest.raises(UsageError, match=r"x: 's \+ 1' in 'a \* \(s \+ 1\)': "):
        run("a * (s + 1)", a=[1], s=["a"])


@pytest.mark.parametrize(
    ("text", "message", "pointed"),
    [
        ("fare.__class__", "__class__ is not allowed", "fare.__class__"),
        ("__import__('os').system('ls')", "only functions can be called", "__import__"),
        ("(1).real", "only names have fields", "1).real"),
        ("fare.mean()", "only functions can be called", "fare"),
        ("fare > system(1)", "no function 'system'", "system(1)"),
        ("squirt(x)", "did you mean 'sqrt'", "squirt"),
        ("x > (lambda: 0)()", "'lambda' is not allowed", "lambda"),
        ("[i for i in (1, 2)]", "'for' is not allowed", "for"),
        ("{1: 2}", "'{' is not allowed", "{1"),
        ("x[0]", "subscripts", "x[0]"),
        ("(x := 3)", "':' is not allowed", ":= 3"),
        ("f'{x}' == 'a'", "a text with a prefix", "f'"),
        ("rb'a' == x", "a text with a prefix", "rb'"),
        ("sqrt(x=1)", "'=' is not allowed", "=1"),
        ("sqrt(*x)", "none is starred", "sqrt"),
        ("sqrt(**x)", "given by place only", "sqrt"),
        ("sqrt()", "sqrt takes 1 argument, not 0", "sqrt"),
        ("atan2(x)", "atan2 takes 2 arguments, not 1", "atan2"),
        ("await x", "'await' is not allowed", "await"),
        ("x is None", r"write is_null(x)", "is None"),
        ("x if y else z", "write if_else(condition, a, b)", "if y"),
        ("(x > 1) & (y > 2)", "write 'and'", "& (y"),
        ("(x > 1) | (y > 2)", "write 'or'", "| (y"),
        ("~x", "write 'not'", "~x"),
        ("x = 3", "equality is written ==", "= 3"),
        ("x ^ 2", "a power is written **", "^ 2"),
        ("x << 2", "LShift is not an operator", "x << 2"),
        ("x > 1 # or not", "comments are not part", "# or"),
        ("x > 'a", "a text that is never closed", "'a"),
        ("(x > 1", "'(' is never closed", "(x"),
        ("x > 1)", "')' closes nothing", ")"),
        ("(x > 1]", "']' closes nothing", "]"),
        ("pick up", 'col("pick up")', "up"),
        ("é + pick up", 'col("pick up")', "up"),
        ("x +", "invalid syntax", ""),
        ("1, 2", "a list stands after 'in' only", "1, 2"),
        ("x in 3", "'in' takes a list of constants", "3"),
        ("x in (1, y)", "holds constants only", "y"),
        ("x in (None,)", "is_null(x)", "None"),
        ("x in (1, date('2024-01-01'))", "mixes date and plain", "(1,"),
        ("0 < x in (1, 2)", "does not chain", "0 <"),
        ("1j", "1j is not allowed", "1j"),
        ("...", "Ellipsis is not allowed", "..."),
        ("x; y", "';' is not allowed", "; y"),
        ("import os", "'import' is not allowed", "import"),
        (r"'\d' == x", "invalid escape sequence", r"'\d'"),
        ("a\x00b", r"'\x00' is not allowed", "\x00"),
        ("col(x)", 'col("pick up")', "col"),
        ("date(x)", 'date("2024-01-31")', "date"),
        ("t > date('2024-13-01')", "'2024-13-01' is no date", "date("),
        ("t > timestamp('2024-01-01T25:00')", "is no date", "timestamp("),
        ("t > duration('1 fortnight')", "is no duration", "duration("),
        ("x > 0x" + "f" * 200, "an integer of more than 512 bits", "0x"),
    ],
)
def test_what_is_not_in_the_language_is_refused_with_a_caret_under_its_place(text, message, pointed):
    error = refusal(text)
    headline, shown, caret = error.split("\n")
    assert headline.startswith("where: ")
    assert message in headline
    assert shown[caret.index("^") :].startswith(pointed)


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_text_is_refused(text):
    assert refusal(text).startswith("where is empty")


def test_what_is_neither_text_nor_an_expression_is_a_type_error():
    with pytest.raises(TypeError, match="where must be text"):
        parse(3, argument="where")


def test_a_caret_far_into_a_long_text_is_shown_in_its_surroundings():
    _, shown, caret = refusal("x > 1 and " * 200 + "y & z").split("\n")
    assert len(shown) < 80
    assert shown[caret.index("^")] == "&"


TOO_DEEP = [
    "(" * 10_000,
    "(" * 4_999 + "a" + ")" * 4_999,
    "[" * 3_000,
    "-" * 9_999 + "a",
    "- " * 4_999 + "a",
    "not " * 2_400 + "a",
    "a+" * 4_999 + "a",
    "a**" * 3_000 + "a",
    "2**" * 3_000 + "2",
    "a." * 4_999 + "a",
    "1." + ".a" * 4_900,
    "a<" * 4_999 + "a",
    "sqrt(" * 1_600 + "a" + ")" * 1_600,
    "a if a else " * 800 + "a",
    "lambda:" * 1_400 + "a",
    "a," * 4_999 + "a",
    "f(a " * 2_000,
    "'" * 9_999,
    "9" * 9_999,
    "0x" + "f" * 9_990,
    "a" * 20_000,
    "\\" * 9_999,
    "'\ud800'",
    "\ud800",
]


@pytest.mark.parametrize("text", TOO_DEEP, ids=range(len(TOO_DEEP)))
def test_hostile_text_is_an_error_and_never_a_crash(text):
    assert refusal(text).startswith("where: ")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 150 + "x" + ")" * 150,
        "-" * 150 + "x",
        "not " * 149 + "x > 1",
        "x" + "+x" * 150,
        "x" + "**x" * 150,
        "sqrt(" * 150 + "x" + ")" * 150,
        "if_else(x > 1, " * 100 + "1" + ", 2)" * 100,
        "x > 1 and " * 900 + "x < 3",
        "x in (" + "1, " * 3_000 + "2)",
    ],
)
def test_what_is_deep_but_allowed_works_to_the_end(text):
    expression = pickle.loads(pickle.dumps(parse(text, argument="x")))
    assert len(evaluate(expression, pa.record_batch({"x": [1.0, None]}))) == 2
    assert expression == parse(text, argument="x")
    assert hash(expression) == hash(parse(text, argument="x"))
    assert bounds(expression, pa.schema({"x": pa.float64()})).keys() <= {"x"}


PIECES = ["(", ")", "[", "]", "x", "p", "1", "2.5", "'s'", "+", "-", "*", "**", "//", "%", "<", "==", " not "]
PIECES += [
    " and ",
    " or ",
    " in ",
    ",",
    ".",
    "sqrt(",
    "col(",
    "date('2024-01-01')",
    "=",
    " ",
    "\n",
    "é",
    "\\",
    "'",
    "#",
]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=40))
def test_any_text_ends_in_a_value_or_one_of_our_errors(text):
    batch = pa.record_batch({"x": [1.0, None], "p": [True, None]})
    try:
        result = evaluate(parse(text, argument="x"), batch)
    except HeatbinError:
        return
    assert len(result) == 2


def test_an_expression_of_pyarrow_is_taken_and_nan_rows_stay():
    batch = pa.record_batch({"fare": [3.0, NAN, None, 4.0], "pick up": [1, 2, 3, None]})
    expression = parse(
        (pc.field("fare") != 3) & (pc.field("pick up") > 0), argument="where", columns=batch.schema.names
    )
    assert expression.columns == ("fare", "pick up")
    again = pickle.loads(pickle.dumps(expression))
    assert again == expression
    assert result_type(again, batch.schema) == pa.bool_()
    assert evaluate(again, batch).to_pylist() == [False, True, None, None]
    assert bounds(again, batch.schema) == {}


def test_an_expression_of_pyarrow_is_not_taken_without_the_columns():
    with pytest.raises(TypeError, match="where: an expression of pyarrow"):
        parse(pc.field("fare") > 1, argument="where")


def test_an_expression_of_pyarrow_by_position_needs_all_columns():
    assert parse(pc.field(0) > 1, argument="where", columns=["b", "a"]).columns == ("b", "a")
    nested = pc.field("a", "b") > 1
    assert parse(nested, argument="where", columns=["a", "c"]).columns == ("a",)


@pytest.mark.parametrize("expression", [pc.field("zzz") > 1, pc.field("fare") > "a", pc.field("fare")])
def test_a_mistaken_expression_of_pyarrow_is_found_without_a_row(expression):
    schema = pa.schema({"fare": pa.float64()})
    with pytest.raises(UsageError, match="where"):
        result_type(parse(expression, argument="where", columns=schema.names), schema)
