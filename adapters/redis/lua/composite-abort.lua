--[[ Give the gate of one scope back with nothing done. What was due stays due, after a pause.
     KEYS[1] the gate
     ARGV[1] the token    ARGV[2] how long to leave the scope alone (ms); empty: it failed, a pause that doubles with each failure in a row
     ARGV[3] the fence that PostgreSQL has seen, which the next one must exceed    ARGV[4] first pause (ms)    ARGV[5] longest pause (ms)
     ARGV[6] where it failed: for how long events make nothing due (ms)
     Returns 1, or 0 when another attempt holds the gate, or none.
     Safe because the token is compared in the same instant: nobody gives back what is another's. ]]
local field = redis.call('HMGET', KEYS[1], 'tok', 'fence', 'failures', 'spared_until')
if field[1] ~= ARGV[1] then return 0 end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local fence, failures, pause = tonumber(field[2]), tonumber(field[3] or 0), tonumber(ARGV[2])
local spared_until = tonumber(field[4] or 0)
if pause == nil then
  failures = failures + 1
  pause = math.min(tonumber(ARGV[5]), tonumber(ARGV[4]) * 2 ^ (math.min(failures, 10) - 1))
  spared_until = math.max(spared_until, now + tonumber(ARGV[6]))
else
  fence = math.max(fence, tonumber(ARGV[3]))
end
redis.call('HSET', KEYS[1], 'fence', string.format('%.0f', fence), 'failures', string.format('%.0f', failures),
  'not_before', string.format('%.0f', now + pause), 'spared_until', string.format('%.0f', spared_until))
redis.call('HDEL', KEYS[1], 'tok', 'lease_until', 'start', 'snap')
return 1
