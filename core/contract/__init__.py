"""The landing contract: tables, entities and the values that they hold."""
