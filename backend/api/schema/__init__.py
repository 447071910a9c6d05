"""The OpenAPI description of the API, written from the endpoints' own declarations."""
