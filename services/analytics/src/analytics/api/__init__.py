"""HTTP: routes that translate and delegate, and the shapes on the wire."""
