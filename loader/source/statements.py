"""What a mapping's SQL may be: one SELECT, or one expression, that stays within its brackets."""

import re

from sqlglot import TokenType
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

# By the names that SQLAlchemy gives dialects.
_DIALECTS = {"postgresql": "postgres", "mssql": "tsql", "mariadb": "mysql"}

# MySQL runs what is in /*! */, and databases differ on where a comment in a comment ends.
_UNCLEAR = re.compile(r"/\*!|/\*M!|/\*(?:(?!\*/).)*/\*", re.DOTALL)

_DEPTH = {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}


def leaves_brackets(sql: str, dialect: str) -> str | None:
    """Why SQL, put in brackets, could be more than what is in them; None: it could not.

    The loader reads what a mapping says inside a SELECT of its own. ``dialect`` is SQLAlchemy's
    name of it.
    """
    if _UNCLEAR.search(sql):
        return "a comment in a comment, or one that MySQL runs"
    try:
        tokens = Dialect.get_or_raise(_DIALECTS.get(dialect, dialect)).tokenize(sql)
    except SqlglotError:
        return "a quote or a comment that does not end"
    depth = 0
    for token in tokens:
        if token.token_type is TokenType.SEMICOLON:
            return "`;`, which begins another statement"
        depth += _DEPTH.get(token.token_type, 0)
        if depth < 0:
            break
    return "brackets that do not match" if depth else None
