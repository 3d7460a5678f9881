"""The fold: what a subject's claims amount to. Pure functions of state; nothing here is ever stored or edited."""
