"""What earlier runs left behind: found, read, compared and drawn; nothing here needs a model."""
