"""What every function shares: errors, identity, routes, settings, observability, the application around them."""
