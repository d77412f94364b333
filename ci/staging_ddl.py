"""Print the T-SQL of what the loader lands, with the types that dlt gives it on SQL Server.

For checks without a server: dlt itself creates these tables where there is one.
"""

import pyarrow as pa

from loader.audit import AUDIT, RUN, RUN_ENTITY
from loader.contract import ENTITIES

STAGING = "staging"
TYPES = {
    pa.bool_(): "bit",
    pa.int64(): "bigint",
    pa.date32(): "date",
    pa.timestamp("us"): "datetime2(6)",
}
# dlt's own; a moment with a time zone.
LOADS = {
    "load_id": "nvarchar(max)",
    "schema_name": "nvarchar(max)",
    "status": "bigint",
    "inserted_at": "datetimeoffset(6)",
    "schema_version_hash": "nvarchar(max)",
}


def tsql_type(type_: pa.DataType, length: int | None = None) -> str:
    """The type of a landed column; ``length`` is that of a text, None where it has no limit."""
    if pa.types.is_string(type_):
        return f"nvarchar({length or 'max'})"
    if pa.types.is_decimal(type_):
        return f"decimal({type_.precision}, {type_.scale})"
    return TYPES[type_]


def create_table(schema: str, table: str, columns: dict[str, str]) -> str:
    body = ",\n".join(f"    [{name}] {type_}" for name, type_ in columns.items())
    return f"create table [{schema}].[{table}] (\n{body}\n);"


def script() -> str:
    """The whole script: schemas, the entities of the contract, dlt's loads, the audit."""
    load_id = {"_dlt_load_id": "nvarchar(max)"}
    tables = [
        create_table(
            STAGING,
            entity.name,
            {c.name: tsql_type(c.type, c.length) for c in entity.columns} | load_id,
        )
        for entity in ENTITIES.values()
    ]
    tables.append(create_table(STAGING, "_dlt_loads", LOADS))
    for table, schema in {"etl_run": RUN, "etl_run_entity": RUN_ENTITY}.items():
        columns = {field.name: tsql_type(field.type) for field in schema}
        tables.append(create_table(AUDIT, table, columns | load_id))
    schemas = [f"create schema [{schema}];" for schema in (STAGING, AUDIT)]
    return "\ngo\n".join([*schemas, *tables]) + "\ngo"


if __name__ == "__main__":
    print(script())
