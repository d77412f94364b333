"""A state machine that lives through a company's odd days and proves the warehouse right."""
