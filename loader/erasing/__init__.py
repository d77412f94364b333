"""Erasure of people (LGPD, art. 18): who was erased, where their data are, what they are told."""
