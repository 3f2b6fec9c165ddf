"""What is known of every case, on this machine, for fast questions: disposable, never on the share."""
