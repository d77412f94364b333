"""What is wrong, since when, and who is told."""
