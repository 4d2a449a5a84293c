--[[ Tell the gate of one scope that PostgreSQL has taken a result: what began the calculation is its age, and the shortest interval runs.
     KEYS[1] the gate    KEYS[2] the latest result
     ARGV[1] the token    ARGV[2] the fence    ARGV[3] the value, empty without one    ARGV[4] its as-of    ARGV[5] how long both are kept (ms)
     Returns 1 when noted, 0 when another attempt holds the gate, or none.
     Safe because token and fence are compared in the same instant: who was overtaken changes nothing. Of the events only those go that
     had come when the calculation began. ]]
local field = redis.call('HMGET', KEYS[1], 'tok', 'fence', 'start', 'ev', 'snap')
if field[1] ~= ARGV[1] or field[2] ~= ARGV[2] then return 0 end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local left = math.max(0, tonumber(field[4]) - tonumber(field[5]))
redis.call('HSET', KEYS[1], 'last', field[3], 'committed', string.format('%.0f', now), 'ev', string.format('%.0f', left + 0))
redis.call('HDEL', KEYS[1], 'tok', 'lease_until', 'start', 'snap', 'not_before', 'spared_until', 'failures')
redis.call('HSET', KEYS[2], 'value', ARGV[3], 'as_of', ARGV[4], 'fence', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
return 1
