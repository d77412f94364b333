"""The way of a new company: its platform is recognised, its mapping's values are found."""
