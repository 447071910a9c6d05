"""What is watched over time: whether devices can be reached."""
