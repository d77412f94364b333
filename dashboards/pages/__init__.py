"""The pages: each draws a view."""
