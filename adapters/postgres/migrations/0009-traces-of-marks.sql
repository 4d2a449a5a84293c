-- The span of the batch that made an entity dirty by an event whose trace is recorded; whoever evaluates the entity goes on with it.
alter table mp_mark add column traceparent text;
