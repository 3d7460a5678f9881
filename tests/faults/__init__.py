"""The fault laboratory: real workers, broker and store; seeded faults; a history checker that knows nothing of them."""
