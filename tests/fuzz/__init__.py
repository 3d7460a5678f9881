"""Fuzzing of everything that reads what others wrote: messages, JSON objects, files, connector folders, answers.

    python -m tests.fuzz decode|validate|connectors|feedback --inputs 1000000 --seed 1

READ FIRST: `oracle.py` (what must hold), `targets.py` (what is read), `mutate.py` (how inputs are made).
"""
