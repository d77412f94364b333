"""Dashboards and API on the published data.

The data layer: ``query.Data`` answers metrics by dimensions, ``filters.Filters`` says for what,
``semantic.Semantic`` what there is to ask. Pages and API ask nothing else.
"""
