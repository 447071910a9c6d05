"""Django's PostgreSQL engine, which tells the database the scope before each query."""
