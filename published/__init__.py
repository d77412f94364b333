"""What readers read, and the only way to a number."""
