"""The edges: Kafka in, Kafka out, state restored, and the worker that keeps them in step."""
