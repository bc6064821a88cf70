"""`uuidv7()` for servers older than PostgreSQL 18, which brings its own."""

from sqlalchemy import Connection, text

# RFC 9562: 48 bits of milliseconds, the version, 12 bits of their fraction (6.2, method 3), the
# variant, and 62 bits at random. Each value of a session comes after the one before, whatever the
# clock does. With an interval, the time is moved by it, as PostgreSQL 18 does.
CREATE_UUIDV7 = """
    CREATE FUNCTION uuidv7(shift interval DEFAULT '0') RETURNS uuid LANGUAGE plpgsql STRICT AS $$
    DECLARE
        now timestamptz := clock_timestamp();
        -- In 1/4096 of a millisecond.
        moment bigint := greatest(
            floor(extract(epoch FROM now) * 4096000)::bigint,
            nullif(current_setting('cms.uuidv7_moment', true), '')::bigint + 1
        );
    BEGIN
        PERFORM set_config('cms.uuidv7_moment', moment::text, false);
        moment := moment
            + floor((extract(epoch FROM now + shift) - extract(epoch FROM now)) * 4096000)::bigint;
        RETURN encode(overlay(
            uuid_send(gen_random_uuid())
            PLACING substring(int8send(moment >> 12) FROM 3)
                || int2send((28672 | (moment & 4095))::int2)
            FROM 1 FOR 8
        ), 'hex')::uuid;
    END
    $$
"""
_IS_THERE = text("SELECT to_regprocedure('uuidv7(interval)') IS NOT NULL")


def make_uuidv7(connection: Connection) -> None:
    """Makes it in the current schema, unless there is one."""
    if not connection.scalar(_IS_THERE):
        connection.exec_driver_sql(CREATE_UUIDV7)
