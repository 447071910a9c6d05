"""All HTML and websockets."""
