"""The company's database, read only: mapping, snapshot, rows, totals."""
