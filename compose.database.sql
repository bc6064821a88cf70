-- Run once, where the volume is empty: the API's own role, which owns its database and nothing else.
\getenv password POSTGRES_PASSWORD
CREATE ROLE cms LOGIN PASSWORD :'password';
CREATE DATABASE cms OWNER cms;
-- The superuser is for whoever is inside the container, without a password: psql -U postgres.
ALTER ROLE postgres PASSWORD NULL;
