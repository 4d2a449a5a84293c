--[[ Remove from a group the consumers that have long asked for nothing and hold nothing. Whoever comes back is made anew by its first reading.
     KEYS[1] the stream, ARGV[1] the group, ARGV[2] a consumer to leave alone, ARGV[3] how long a consumer must have been idle (ms)
     Returns how many were removed.
     A consumer that is removed takes its pending entries along, so looking and removing are one script: nothing can be delivered in between. ]]
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end

local removed = 0
for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local consumer = {}
  for i = 1, #flat, 2 do consumer[flat[i]] = flat[i + 1] end
  if consumer['name'] ~= ARGV[2] and consumer['pending'] == 0 and consumer['idle'] >= tonumber(ARGV[3]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer['name'])
    removed = removed + 1
  end
end
return removed
