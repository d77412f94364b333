"""Print the T-SQL of facts, aggregates and marts in a schema ``antes``, as a run before left them.

``python -m ci.before_ddl <columns>``, the JSON that ``tsql_check.py run-sql --columns`` writes.
What an intermediate model asks of a table further down, it asks of these (macro ``como_estava``):
a view cannot be below itself.
"""

import json
import sys
from pathlib import Path

SCHEMA = "antes"
BELOW = ("[fact].", "[agg].", "[mart].")


def script(columns: dict[str, list[dict[str, str | None]]]) -> str:
    """The schema, and a table for each of these relations, named ``[schema].[table]``."""
    statements = [f"create schema [{SCHEMA}];"]
    below = {name: found for name, found in columns.items() if name.startswith(BELOW)}
    for name, described in below.items():
        table = name.partition(".")[2]
        body = ", ".join(f"[{c['name']}] {c['type'] or 'nvarchar(4000)'} null" for c in described)
        statements.append(f"create table [{SCHEMA}].{table} ({body});")
    return "".join(f"{statement}\ngo\n" for statement in statements)


if __name__ == "__main__":
    print(script(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))), end="")
