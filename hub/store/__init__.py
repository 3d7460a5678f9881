"""Where a partition's state lies while the hub works on it. The topic is the truth; a store can be lost."""
