"""The metric dictionary and where each number comes from."""
