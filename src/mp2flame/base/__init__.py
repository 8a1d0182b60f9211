"""Values, channel names, rotations, errors and safe files that everyone shares."""
