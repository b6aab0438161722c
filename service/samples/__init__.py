"""Sample accounts and charges, loaded by the workflows that a seller uses."""
