"""One module per engine, and the SQL in which databases differ."""
