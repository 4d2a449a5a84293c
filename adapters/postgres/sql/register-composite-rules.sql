-- Note the rules that somebody calculates by. $1 text fingerprint, $2 jsonb rules, $3 text the fingerprint of those that he went by until now, or null.
-- Known ones keep their number, for whoever starts with them may be behind; but who changes over to them tells that they are the newer ones.
insert into mp_composite_rules as r (fingerprint, rules)
values ($1, $2)
    on conflict (fingerprint) do update
   set number = default
 where r.number < (select number from mp_composite_rules where fingerprint = $3);
