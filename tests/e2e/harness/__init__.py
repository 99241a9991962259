"""What the end-to-end tests stand on: servers, mail, and an independent look at both sides."""
