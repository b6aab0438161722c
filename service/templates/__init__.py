"""What people see on paper, on the invoice page and in their mail."""
