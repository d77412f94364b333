"""The command ``dw``: one day from load to publication."""
