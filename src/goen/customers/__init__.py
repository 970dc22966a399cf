"""Who: records, credentials, the identity graph, persons.

A record is one customer as one system knows them and never moves; facts hang on records.
A person is a connected component of records, materialised only in `customers_personof`.
"""
