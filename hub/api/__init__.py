"""The HTTP edge (contract 5): reads of alerts and residents, intake without Kafka, health, metrics, schemas.

It knows the pipeline only through `hub.api.ports`.
"""
