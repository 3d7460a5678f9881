"""The whole hub but the broker, stepped by a seeded scheduler that crashes it between every two effects.

READ FIRST: `world.py` (who moves), `trouble.py` and `plots.py` (what goes wrong), `worker.py` (what is real),
`checks.py` (what must hold). Run:

    python -m tests.simulation --schedules 1000 --seed 1        # counts, rate, seeds that diverged
    python -m tests.simulation --seed 17 --one --trace          # one schedule, step by step
"""
