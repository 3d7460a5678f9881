"""What the hub tells about itself: metrics and logs. Neither ever holds a personal value (I8)."""
