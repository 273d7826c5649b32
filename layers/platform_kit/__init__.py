"""What every function shares: errors, identity, routes, settings, observability and the application they are built with."""
