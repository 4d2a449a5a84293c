-- Draw an evaluation number and its as-of, after the marks were read and before the facts are. $1 boolean: as-of follows the data.
-- The number orders rows: whoever has a higher one read the facts later than all that is covered by the marks of a lower one.
-- clock_timestamp(), not now(): the transaction's start would lie before the facts that it is going to see.
select nextval('mp_evaluation')::text as evaluation,
       (extract(epoch from case when $1::boolean then coalesce((select as_of from mp_as_of), clock_timestamp()) else clock_timestamp() end) * 1000000)::bigint::text as as_of;
