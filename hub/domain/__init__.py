"""The domain, pure: no I/O beyond reading the package's own data files when asked to."""
