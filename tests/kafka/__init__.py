"""On a real Apache Kafka: `make test-kafka`."""
