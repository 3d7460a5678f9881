"""The pipeline, pure. Start with journey.py."""
