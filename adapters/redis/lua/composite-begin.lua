--[[ Ask the gate of one scope for a calculation: count events, judge whether one is due, and take the lease, all at one instant.
     KEYS[1] the gate    KEYS[2] the latest result
     ARGV[1] a token that no other attempt has    ARGV[2] events since the asker asked last
     ARGV[3] the strategy    ARGV[4] shortest interval (ms)    ARGV[5] age at which a result is due (ms)    ARGV[6] events that make one due
     ARGV[7] lease (ms)    ARGV[8] longest pause (ms)    ARGV[9] how long a gate that nobody asks is kept, and its result (ms)
     ARGV[10] 1 for the last result of a fleet that ends    ARGV[11] the fence to begin with where nothing is known; empty: tell
     Returns what became of it, a number, and then the age of the result that stands (ms, -1 without one), and its value:
       uninitialised 0, granted and the fence, busy or early and how long to wait (ms; -1: no time makes it due, only events).
     Safe because only this server's clock counts, and because judging and taking cannot be parted. Whoever died with the lease loses it
     when it is over. Instants that lie ahead were written by another server's clock: they make things due, and bind nobody for longer
     than this clock could have. Whatever this server forgets costs a calculation at most: the referee is PostgreSQL. ]]
local gate = KEYS[1]
local strategy, min_interval, stale_after = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local threshold, lease, longest_pause = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local is_last = ARGV[10] == '1'

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local field = redis.call('HMGET', gate, 'fence', 'last', 'committed', 'ev', 'not_before', 'tok', 'lease_until', 'spared_until')
local fence = tonumber(field[1] or ARGV[11])
if fence == nil then return { 'uninitialised', 0, -1, false } end

-- Never with an exponent, nor as -0.
local function whole(number) return string.format('%.0f', number + 0) end

local function since(instant)
  if not instant or tonumber(instant) > now then return math.huge end
  return now - tonumber(instant)
end

local events = tonumber(field[4] or 0) + tonumber(ARGV[2])
local not_before = math.min(tonumber(field[5] or 0), now + longest_pause)
local spared_until = math.min(tonumber(field[8] or 0), now + stale_after)
local changed = { 'fence', whole(fence), 'ev', whole(events), 'not_before', whole(not_before), 'spared_until', whole(spared_until) }
local age = -1
if field[2] then age = math.max(0, now - tonumber(field[2])) end

local function keep()
  redis.call('PEXPIRE', gate, ARGV[9])
  redis.call('PEXPIRE', KEYS[2], ARGV[9])
end

local function answer(kind, number)
  redis.call('HSET', gate, unpack(changed))
  keep()
  return { kind, number, age, redis.call('HGET', KEYS[2], 'value') }
end

if field[6] then
  local lease_until = math.min(tonumber(field[7]), now + lease)
  changed[#changed + 1] = 'lease_until'
  changed[#changed + 1] = whole(lease_until)
  if lease_until > now then return answer('busy', lease_until - now) end
end

-- How long until the events that have come so far make one due.
local function due_by_events()
  if (strategy == 'EventBased' or strategy == 'Hybrid') and events >= threshold then return math.max(0, spared_until - now) end
  return math.huge
end

-- How long until time alone does.
local function due_by_time()
  local known = since(field[2])
  if known == math.huge or strategy == 'TimeBased' then return 0 end
  if strategy == 'EventBased' then return math.huge end
  if strategy == 'Hybrid' then return math.max(0, stale_after - known) end
  if math.floor(now / stale_after) > math.floor((now - known) / stale_after) then return 0 end
  return stale_after - now % stale_after
end

local held_back = math.max(0, min_interval - since(field[3]), not_before - now)
local wait = is_last and 0 or math.min(due_by_events(), due_by_time())
if wait == math.huge then return answer('early', -1) end
wait = math.max(held_back, wait)
if wait > 0 then return answer('early', wait) end

fence = fence + 1
redis.call('HSET', gate, 'fence', whole(fence), 'ev', whole(events), 'not_before', whole(not_before),
  'spared_until', whole(spared_until), 'tok', ARGV[1], 'lease_until', whole(now + lease), 'start', whole(now), 'snap', whole(events))
keep()
return { 'granted', fence, age, redis.call('HGET', KEYS[2], 'value') }
