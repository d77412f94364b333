"""The stack's own commands: what makes a server ready, keeps it safe, and runs the day."""
