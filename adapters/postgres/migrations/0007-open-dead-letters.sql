-- Those that were not replayed are counted every few seconds, and their entries need not be read for that.
create index mp_dead_letter_open on mp_dead_letter (reason) where replayed_at is null;
