"""Who is seen: resting face, range, identity."""
