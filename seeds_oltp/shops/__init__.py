"""The sample company as the shop of a platform: that platform's own tables, filled from it."""
