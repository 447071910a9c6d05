"""What holds for every answer and every process, whoever asks."""
