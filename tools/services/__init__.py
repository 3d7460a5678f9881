"""Real services on loopback, for tests, the fault laboratory and `deploy/local`: Apache Kafka and Redis."""
