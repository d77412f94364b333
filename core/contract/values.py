"""Database values as Arrow arrays of the contract's types, exactly or not at all."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

# Decimal digits that a binary double always carries exactly.
_DOUBLE_DIGITS = 15
_FIRST = pa.scalar(datetime.min, pa.timestamp("us"))
_LAST = pa.scalar(datetime.max, pa.timestamp("us"))
_PORTUGUESE = {
    "a decimal number": "número decimal",
    "a whole number": "número inteiro",
    "true or false": "verdadeiro ou falso",
    "a timestamp": "data e hora",
    "a date": "data",
    "text": "texto",
}


def arrow_array(values: Sequence[Any], target: pa.DataType) -> pa.Array:
    """``values`` as an array of type ``target``.

    Accepts what drivers return for one family of types (SQLite has whole numbers in decimal
    columns, flags as 0 and 1, and timestamps as ISO text). Decimals are rounded half up, once, to
    the scale of ``target``. Timestamps with a time zone become UTC.

    Raises ValueError or TypeError (Arrow's own errors among them) where a value does not fit.
    """
    if target == pa.string():
        return _text(values)
    try:
        array = pa.array(values)
    except OverflowError:
        # Whole numbers beyond 64 bits.
        array = pa.array([Decimal(v) if type(v) is int else v for v in values])
    if pa.types.is_null(array.type):
        return array.cast(target)
    if pa.types.is_decimal(target):
        return _decimal(array, target)
    if pa.types.is_integer(target):
        return _whole(array)
    if pa.types.is_boolean(target):
        return _flag(array)
    moment = _moment(array)
    return moment.cast(target) if pa.types.is_timestamp(target) else moment.cast(target, safe=False)


def trimmed(texts: pa.Array) -> pa.Array:
    """Texts without blanks at their ends, which some engines ignore."""
    return pc.utf8_rtrim(texts, " ")


def too_long(texts: pa.Array, length: int) -> list[int]:
    """The positions of texts that a column of ``length`` cannot hold.

    As SQL Server counts, in units of UTF-16: what one engine refuses, all do.
    """
    # No text has more units than bytes.
    doubtful = pc.fill_null(pc.greater(pc.binary_length(texts), length), False)
    return [
        position
        for position in pc.indices_nonzero(doubtful).to_pylist()
        if utf16_length(texts[position].as_py()) > length
    ]


def utf16_length(text: str) -> int:
    """The units of UTF-16 that a text takes."""
    return len(text.encode("utf-16-le")) // 2


def cast_or_null(values: Sequence[Any], target: pa.DataType) -> tuple[pa.Array, list[int]]:
    """The array of ``values``, null in the place of those that do not fit, and their positions."""
    try:
        return arrow_array(values, target), []
    except (ValueError, TypeError, ArithmeticError):
        if len(values) == 1:
            return pa.nulls(1, target), [0]
    half = len(values) // 2
    first, misfits = cast_or_null(values[:half], target)
    second, more = cast_or_null(values[half:], target)
    return pa.concat_arrays([first, second]), misfits + [half + position for position in more]


def reason(value: object, target: pa.DataType) -> str:
    """Why a value does not fit, in Portuguese and without the value."""
    found, expected = describe_value(value), describe(target)
    if expected == "text":
        return "não é texto em UTF-8" if found == "text" else "binário em vez de texto"
    if is_blank(value):
        return "vazio"
    if found == "text" and expected in ("a timestamp", "a date"):
        return "data inválida"
    if found == expected or (found, expected) == ("a whole number", "a decimal number"):
        return "número fora do que a coluna comporta"
    return f"{_PORTUGUESE.get(found, 'outro tipo')} em vez de {_PORTUGUESE[expected]}"


def is_blank(value: object) -> bool:
    """Whether a text stands for nothing: blanks, or MySQL's date of zeros."""
    return isinstance(value, str) and (not value.strip() or value.startswith("0000-00-00"))


def describe(target: pa.DataType) -> str:
    """The family of a type in plain words."""
    if pa.types.is_decimal(target) or pa.types.is_floating(target):
        return "a decimal number"
    if pa.types.is_integer(target):
        return "a whole number"
    if pa.types.is_boolean(target):
        return "true or false"
    if pa.types.is_timestamp(target):
        return "a timestamp"
    return "a date" if pa.types.is_date(target) else "text"


def describe_value(value: object) -> str:
    """The family of a value in plain words; never the value, which may be personal data."""
    match value:
        case bool():
            return "true or false"
        case int():
            return "a whole number"
        case float() | Decimal():
            return "a decimal number"
        case str():
            return "text"
        case datetime():
            return "a timestamp"
        case date():
            return "a date"
    return f"a value of type {type(value).__name__}"


def _text(values: Sequence[Any]) -> pa.Array:
    try:
        texts = pa.array(values, pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        if any(isinstance(value, bytes | bytearray | memoryview) for value in values):
            raise
        texts = pa.array([None if value is None else str(value) for value in values], pa.string())
    if pc.any(pc.match_substring(texts, "\0")).as_py():
        raise ValueError("a text with a character that ends texts")
    return texts


def _decimal(array: pa.Array, target: pa.Decimal128Type) -> pa.Array:
    if pa.types.is_integer(array.type):
        return array.cast(pa.decimal128(38, target.scale)).cast(target)
    if pa.types.is_decimal(array.type):
        widest = array.cast(pa.decimal256(76, array.type.scale))
        return pc.round(widest, target.scale, "half_towards_infinity").cast(target)
    if not pa.types.is_floating(array.type):
        raise TypeError(f"{array.type} is no number")
    scale, limit = 10.0**target.scale, 10.0 ** (_DOUBLE_DIGITS - target.scale)
    small = pc.less(pc.abs(array), limit)
    if pc.all(small).as_py() is not False:
        # Halves go away from zero, as they do in a SQL database.
        halves = pc.multiply(pc.sign(array), 0.5)
        units = pc.trunc(pc.add(pc.multiply(array, scale), halves))
        return pc.divide(units, scale).cast(target)
    if len(array) > 1:
        rows = (_decimal(array.slice(i, 1), target) for i in range(len(array)))
        return pa.concat_arrays(rows)
    # Beyond that only the shortest decimal that reads back as the same double is what was stored.
    with localcontext(prec=38, rounding=ROUND_HALF_UP):
        exact = Decimal(repr(array[0].as_py())).quantize(Decimal(1).scaleb(-target.scale))
    return pa.array([exact], target)


def _whole(array: pa.Array) -> pa.Array:
    if pa.types.is_string(array.type) or pa.types.is_temporal(array.type):
        raise TypeError(f"{array.type} is no number")
    return array.cast(pa.int64())


def _flag(array: pa.Array) -> pa.Array:
    if not pa.types.is_boolean(array.type):
        array = _whole(array)
        if not pc.all(pc.is_in(array, pa.array([0, 1, None]))).as_py():
            raise ValueError("neither 0 nor 1")
    return array.cast(pa.bool_())


def _moment(array: pa.Array) -> pa.Array:
    """Timestamps without a time zone, UTC where the values had one."""
    if pa.types.is_string(array.type):
        try:
            return array.cast(pa.timestamp("us"))
        except pa.ArrowInvalid:
            array = array.cast(pa.timestamp("us", "UTC"))
    if not pa.types.is_temporal(array.type):
        raise TypeError(f"{array.type} is no timestamp")
    zoned = pa.types.is_timestamp(array.type) and array.type.tz is not None
    moments = array.cast(pa.timestamp("us", "UTC" if zoned else None)).cast(pa.timestamp("us"))
    # Arrow has years beyond them; nothing after it has.
    known = pc.and_(pc.greater_equal(moments, _FIRST), pc.less_equal(moments, _LAST))
    if pc.all(known).as_py() is False:
        raise ValueError("not in the years 1 to 9999")
    return moments
