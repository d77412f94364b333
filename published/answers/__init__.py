"""From a question to an answer over the published version."""
