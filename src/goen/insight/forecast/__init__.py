"""What people will buy: models of repeat purchase on plain arrays, without database or clock."""
